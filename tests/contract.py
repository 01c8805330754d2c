"""Check every answer in the tests against the OpenAPI document: status, headers, media type."""

import re
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
from fastapi import FastAPI

from app.api.http.answer_headers import COMPONENTS

# Internal errors are not documented; tests that provoke one check it themselves.
FAULT = 500
# A teacher who may not read an intake gets no Location.
SOMETIMES = {("create_intake", "Location")}
ANYTHING = "application/octet-stream"
ALWAYS_AS_SAID = {"ETag", "Location", "Content-Disposition"}
PARAMETER = re.compile(r"\\\{\w+\\\}")


def observed(app: FastAPI) -> Callable[[httpx.Response], Coroutine[Any, Any, None]]:
    """A hook for httpx that fails the test whose answer is not what the document promises."""
    operations = _operations(app.openapi())

    async def hold(answer: httpx.Response) -> None:
        found = next((o for o in operations if o[0] == answer.request.method and o[1].fullmatch(_path(answer))), None)
        if found is not None and answer.status_code != FAULT:
            differences = _differences(answer, found[2])
            assert not differences, (found[2]["operationId"], answer.status_code, differences)

    return hold


def _path(answer: httpx.Response) -> str:
    return answer.request.url.path


def _operations(document: dict[str, Any]) -> list[tuple[str, re.Pattern[str], dict[str, Any]]]:
    found = [
        (method.upper(), re.compile(PARAMETER.sub("[^/]+", re.escape(path))), operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    # A path without parameters goes before one whose parameter would match it.
    return sorted(found, key=lambda one: one[1].pattern.count("[^/]+"))


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
