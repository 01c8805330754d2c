"""Pages whose calls run as they stand: `POST /path as somebody`, a body, and `→ 201 name = member.of.the.answer`."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from tests.factories.http import API
from tests.world import Client

DOCS: Final = Path(__file__).parents[2] / "docs"
CALL: Final = re.compile(r"^(GET|POST) (\S+) as (\w+)\n((?:[ {\[].*\n)*)→ (\d+)(?: (.*))?$", re.MULTILINE)


async def _nothing() -> None:
    """Most pages need no worker."""


async def run_page(
    name: str,
    callers: Mapping[str, Client],
    known: Mapping[str, str] | None = None,
    after: Callable[[], Awaitable[None]] = _nothing,
) -> dict[str, str]:
    """Every call of a page, each answered with its status; what the answers were named. `after` follows each call."""
    text, found, tags = (DOCS / name).read_text("utf-8"), dict(known or {}), dict[str, str]()
    calls = CALL.findall(text)
    assert len(calls) == text.count("\n→ ") > 0
    for method, path, caller, body, status, named in calls:
        sent, address = json.loads(_filled(body, found)) if body else None, _filled(path, found)
        tag = next((tag for of, tag in tags.items() if method == "POST" and address.startswith(f"{of}/")), None)
        headers = {} if tag is None else {"If-Match": tag}
        answer = await callers[caller].call(method, f"{API}{address}", json=sent, headers=headers)
        assert answer.status_code == int(status), (path, answer.text)
        for each, _, at in (each.partition(" = ") for each in named.split(", ") if each):
            found[each] = _at(answer.json(), at)
        _note_tag(tags, address, answer)
        await after()
    return found


def _note_tag(tags: dict[str, str], address: str, answer: httpx.Response) -> None:
    """Under the address of the record: what was created says where it is."""
    if "ETag" in answer.headers:
        tags[answer.headers.get("Location", address).removeprefix(API)] = answer.headers["ETag"]


def _at(answer: Any, path: str) -> str:
    for part in path.split("."):
        answer = answer[int(part)] if isinstance(answer, list) else answer[part]
    return str(answer)


def _filled(text: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: known[found[1]], text)
