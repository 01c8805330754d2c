"""Malformed requests, seeded, for every operation of the OpenAPI document. Each carries a canary to look for."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

METHODS = ("get", "post", "patch", "delete")
CANARY = "kyhieubimat"
FIELDS = ("narrative", "children", "group", "unit_id", "made_at", "expires_at", "tier", "effective_on", "username")
DATES = (
    *("2024-13-45", "0000-00-00", "10000-01-01", "0001-01-01", "9999-12-31"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
)
MOMENTS = (
    "occurred_at",
    "occurred_on",
    "received_at",
    "made_at",
    "followed_up_at",
    "done_at",
    "at",
    "since",
    "expires_at",
)
PARAMETER = re.compile(r"\{[a-z_]+\}")
SOME_ID = "01a00000-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Malformed:
    kind: str
    method: str
    path: str
    query: bytes = b""
    headers: dict[str, bytes] = field(default_factory=dict)
    body: bytes = b""


def bodies(canary: str, rng: random.Random) -> Iterator[tuple[str, bytes]]:
    """Broken JSON of every kind, and well-formed JSON of the wrong shape."""
    text = json.dumps(canary).encode()
    yield "truncated", b'{"narrative": ' + text
    yield "nan", b'{"narrative": ' + text + b', "x": NaN}'
    yield "infinity", b'{"x": -Infinity, "narrative": ' + text + b"}"
    yield "overflow", b'{"x": 1e999, "narrative": ' + text + b"}"
    yield "20 digits", b'{"tier": 99999999999999999999, "narrative": ' + text + b"}"
    yield "4000 digits", b'{"tier": ' + b"9" * 4000 + b"}"
    yield "duplicate keys", b'{"narrative": ' + text + b', "narrative": 1}'
    yield "lone surrogate", b'{"narrative": "' + canary.encode() + b'\\ud800"}'
    yield "surrogate key", b'{"\\udfff": ' + text + b"}"
    yield "nul", b'{"narrative": "' + canary.encode() + b'\\u0000"}'
    yield "raw nul", b'{"narrative": "' + canary.encode() + b'\x00"}'
    yield "bom", b"\xef\xbb\xbf{" + b'"narrative": ' + text + b"}"
    yield "utf-16", json.dumps({"narrative": canary}).encode("utf-16")
    yield "latin-1", b'{"narrative": "\xe9' + canary.encode() + b'"}'
    yield "deep", b"[" * rng.choice([100, 1000, 30_000]) + b"]"
    yield "deep object", b'{"a":' * 500 + text + b"}" * 500
    yield "array", b"[" + text + b"]"
    yield "string", text
    yield "number", b"12"
    yield "null", b"null"
    yield "empty", b""
    yield "unknown field", json.dumps({canary: canary}).encode()
    yield "long", json.dumps({"narrative": canary * 3000}).encode()
    yield "too large", json.dumps({"narrative": canary + "x" * 300_000}).encode()
    for name in (
        "narrative",
        "children",
        "group",
        "unit_id",
        "made_at",
        "expires_at",
        "tier",
        "effective_on",
        "username",
    ):
        for value in (
            1,
            True,
            None,
            [canary],
            {canary: canary},
            canary,
            "",
            -1,
            2**63,
            0.5,
            "2024-13-45",
            "0000-00-00",
        ):
            yield f"{name}={type(value).__name__}", json.dumps({name: value, "source_channel": canary}).encode()
    for name in MOMENTS:
        for day in DATES:
            yield f"{name}={day}", json.dumps({name: day, "narrative": "x"}).encode()


IDS = (
    b"not-a-uuid-" + CANARY.encode(), b"%00", b"%ff%fe", b"..%2f..%2fetc", b"1", b"' OR 1=1--", "đường".encode(),
    b"x" * 3000, SOME_ID.encode() + b"%00", SOME_ID.encode(), b"{}", b"%25", b"0" * 32,
)  # fmt: skip
QUERIES = (
    b"limit=-1", b"limit=0", b"limit=501", b"limit=1e9", b"limit=abc" + CANARY.encode(), b"limit=" + b"9" * 40,
    b"cursor=" + CANARY.encode(), b"cursor=%00", b"cursor=" + b"A" * 64, b"cursor=\xff", b"as_of=0000-00-00",
    b"as_of=10000-01-01", b"as_of=9999-12-31", b"as_of=0001-01-01", b"q=%00", b"q=%ff", b"q=" + b"%F0%9F%98%80" * 200,
    b"unit_id=" + CANARY.encode(), b"occurred_from=x", b"occurred_to=9999-99-99", b"shared=" + CANARY.encode(),
    b"due_before=0001-01-01T00:00:00%2B14:00", b"due_before=9999-12-31T23:59:59-14:00",
    b"from=0001-01-01T00:00:00%2B14:00", b"to=9999-12-31T23:59:59-14:00", b"from=0001-01-01&to=0001-01-02",
    b"from=9999-12-30&to=9999-12-31", b"occurred_from=0001-01-01&occurred_to=9999-12-31", b"month=2999-12",
    b"limit=1&limit=2&limit=x", b"state=" + b"y" * 100, b"&&&=&=", b"%", b"a=%zz", b"q=a%25_%5C", b"linked=2",
)  # fmt: skip
HEADERS: tuple[tuple[str, bytes], ...] = (
    ("if-match", CANARY.encode()), ("if-match", b"*"), ("if-match", b'W/"1.3"'), ("if-match", b'"' + b"9" * 100 + b'"'),
    ("if-match", b"\xff\xfe"), ("idempotency-key", b"k" * 300), ("idempotency-key", b"\x01\x02"),
    ("idempotency-key", b""), ("idempotency-key", "khóa".encode()), ("authorization", b"Bearer " + CANARY.encode()),
    ("authorization", b"Bearer"), ("authorization", b"Basic !!!!"), ("authorization", b"Bearer \xff\xff"),
    ("authorization", b"Digest x"), ("accept-language", b"q=;;,vi;q=x,\xff"), ("accept-language", b"vi;q=9e99"),
    ("prefer", b"return=" + CANARY.encode()), ("prefer", b"\xff"), ("x-request-id", CANARY.encode() + b"\t"),
    ("x-request-id", b"' OR 1"), ("content-type", CANARY.encode()),
    ("content-type", b"application/json; charset=utf-7"),
    ("content-type", b"text/plain"), ("content-type", b"application/xml"), ("content-type", b"\xff"),
)  # fmt: skip


def malformed(document: dict[str, Any], seed: int) -> Iterator[Malformed]:
    """Every operation with every malformed body, path, query and header that it could be sent."""
    rng = random.Random(seed)
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield from _of_operation(path.replace("{code}", "not_found"), method, item[method], rng)


def _of_operation(path: str, method: str, operation: dict[str, Any], rng: random.Random) -> Iterator[Malformed]:
    filled = PARAMETER.sub(SOME_ID, path)
    media = next(iter(operation.get("requestBody", {}).get("content", {})), "application/json")
    typed = {"content-type": media.encode()}
    if "requestBody" in operation:
        for kind, body in bodies(CANARY, rng):
            yield Malformed(f"body {kind}", method, filled, headers={**typed, "if-match": b'"1.3"'}, body=body)
    for bad in IDS if "{" in path else ():
        odd = bad.decode("latin-1").replace("\\", "")
        yield Malformed("path", method, PARAMETER.sub(odd, path), headers=typed)
    for query in QUERIES:
        yield Malformed("query", method, filled, query=query, headers=typed, body=b"{}")
    for name, value in HEADERS:
        yield Malformed(f"header {name}", method, filled, headers={**typed, name: value}, body=b"{}")
