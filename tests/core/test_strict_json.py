"""JSON as I-JSON means it: what two readers could understand differently is refused, and never repeated."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.problems import Problem
from app.core.strict_json import MAX_DEPTH, loads

AMBIGUOUS = {
    "duplicate key": b'{"a": 1, "a": 2}',
    "duplicate key deep down": b'[{"a": {"b": 1, "b": 1}}]',
    "duplicate key by escape": b'{"a": 1, "\\u0061": 2}',
    "NaN": b'{"a": NaN}',
    "Infinity": b"[Infinity]",
    "-Infinity": b"-Infinity",
    "number beyond a double": b"1e400",
    "negative number beyond a double": b"-1e400",
    "integer beyond 64 bits": b"9223372036854775808",
    "negative integer beyond 64 bits": b"-9223372036854775809",
    "very long integer": b"1" * 5000,
    "NUL": b'"a\\u0000b"',
    "NUL in a key": b'{"a\\u0000": 1}',
    "lone high surrogate": b'"\\ud800"',
    "lone low surrogate": b'["\\uDFFF"]',
    "surrogates in the wrong order": b'{"a": "\\udc00\\ud800"}',
    "raw control character": b'"a\nb"',
    "two byte order marks": b"\xef\xbb\xbf" * 2 + b"{}",
    "not UTF-8": b'"\xff"',
    "overlong UTF-8": b'"\xc0\x80"',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "raw surrogate": b'"\xed\xa0\x80"',
    "too deep": b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2),
    "objects too deep": b'{"a":' * (MAX_DEPTH + 2) + b"1" + b"}" * (MAX_DEPTH + 2),
    "far too deep": b"[" * 100_000,
    "comment": b"{} // x",
    "trailing comma": b"[1,]",
    "two values": b"{} {}",
    "single quotes": b"{'a': 1}",
    "nothing": b"",
    "blank": b"  ",
    "leading zero": b"01",
}


@pytest.mark.parametrize("body", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_what_could_be_read_two_ways_is_refused(body: bytes) -> None:
    with pytest.raises(Problem) as refusal:
        loads(body)
    assert refusal.value.type.code == "malformed_json"
    assert refusal.value.detail is None
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": [1, -2.5, true, null, "x"]}', {"a": [1, -2.5, True, None, "x"]}),
        (b"9223372036854775807", 2**63 - 1),
        (b"-9223372036854775808", -(2**63)),
        (b"-0", 0),
        ('"Trường ế 🎒"'.encode(), "Trường ế 🎒"),
        (b'"\\ud83c\\udf92"', "🎒"),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
        (b"[" + b",".join([b"{}"] * 100) + b"]", [{}] * 100),
        (b'"\\\\u0000"', "\\u0000"),
    ],
)
def test_what_has_one_meaning_is_read(body: bytes, value: object) -> None:
    read = loads(body)
    if value is not None:
        assert read == value


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii", min_codepoint=32)), inner),
        max_leaves=20,
    )
)
def test_any_json_round_trips(value: Any) -> None:
    assert loads(json.dumps(value).encode()) == value
    assert loads(json.dumps(value, ensure_ascii=False).encode()) == value
