"""Check every answer in the tests against the committed OpenAPI document: status, headers, media type.

That the application serves this document is a test of its own, and `make openapi` writes it.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from app.api.http.answer_headers import COMPONENTS

# Internal errors are not documented; tests that provoke one check it themselves.
FAULT = 500
# A teacher who may not read an intake gets no Location.
SOMETIMES = {("create_intake", "Location")}
ANYTHING = "application/octet-stream"
ALWAYS_AS_SAID = {"ETag", "Location", "Content-Disposition"}
COMMITTED = Path(__file__).parents[1] / "openapi" / "openapi.json"
PARAMETER = re.compile(r"\\\{\w+\\\}")


class Operation(NamedTuple):
    path: re.Pattern[str]
    description: dict[str, Any]


async def observed(answer: httpx.Response) -> None:
    """A hook for httpx that fails the test whose answer is not what the document promises."""
    found = _operation(answer.request.method, answer.request.url.path)
    if found is not None and answer.status_code != FAULT:
        differences = _differences(answer, found)
        assert not differences, (found["operationId"], answer.status_code, differences)


def _operation(method: str, path: str) -> dict[str, Any] | None:
    alike = _operations().get((method, path.count("/")), ())
    return next((each.description for each in alike if each.path.fullmatch(path)), None)


@cache
def _operations() -> dict[tuple[str, int], list[Operation]]:
    """By method and length. A path without parameters goes before one whose parameter would match it."""
    document = json.loads(COMMITTED.read_text("utf-8"))
    found: dict[tuple[str, int], list[Operation]] = {}
    for path in sorted(document["paths"], key=lambda each: each.count("{")):
        pattern = re.compile(PARAMETER.sub("[^/]+", re.escape(path)))
        for method, description in document["paths"][path].items():
            found.setdefault((method.upper(), path.count("/")), []).append(Operation(pattern, description))
    return found


def _differences(answer: httpx.Response, operation: dict[str, Any]) -> list[str]:
    said = operation["responses"].get(str(answer.status_code))
    if said is None:
        return ["status"]
    promised, sent = set(said["headers"]), {name for name in COMPONENTS if name in answer.headers}
    wrong = sent - promised
    if answer.is_success and "Idempotent-Replayed" not in sent:
        missing = (promised - sent) & ALWAYS_AS_SAID
        wrong |= {name for name in missing if (operation["operationId"], name) not in SOMETIMES}
    kind = answer.headers.get("content-type", "").split(";")[0]
    if kind and said.get("content", {}).keys().isdisjoint({kind, ANYTHING}):
        wrong.add(kind)
    return sorted(wrong)
