"""Ten thousand malformed requests: a problem with a known code, no echo, never a 500, and nothing changed."""

import json
from collections import Counter
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import func, select

from app.core.problems import CATALOGUE
from app.models.accounts import User
from app.models.cases.incidents import Incident
from app.models.intakes.intakes import Intake
from app.security.access.scope import ALL
from tests import conftest
from tests.attack.malformed import CANARY, Malformed, malformed
from tests.world import Client, World

pytestmark = pytest.mark.attack
LEAST = 5_000
# They are quick: fewer would save no time.
SHARE = min(conftest.SHARE, 5)
RENEWED_EVERY = 200
SUCCESS = range(200, 400)


async def send(world: World, request: Malformed, headers: dict[str, str]) -> tuple[int, dict[bytes, bytes], bytes]:
    """Straight into the application, for httpx would refuse to send most of these."""
    sent: list[dict[str, Any]] = []
    merged = {name.lower(): value.encode() for name, value in headers.items()} | request.headers
    body = iter([{"type": "http.request", "body": request.body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        return next(body, {"type": "http.disconnect"})

    async def collect(message: dict[str, Any]) -> None:
        sent.append(message)

    raw = request.path.encode("latin-1")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method.upper(),
        "scheme": "http",
        "path": unquoted(raw),
        "raw_path": raw,
        "query_string": request.query,
        "root_path": "",
        "headers": [(name.encode(), value) for name, value in merged.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    await world.app(scope, receive, collect)  # type: ignore[arg-type]
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), content


def unquoted(raw: bytes) -> str:
    return unquote(raw.decode("latin-1"), errors="replace")


async def counted(world: World) -> tuple[int, ...]:
    async with world.runtime.work(ALL, write=False) as work:
        counts = [await work.session.scalar(select(func.count()).select_from(m)) for m in (Incident, Intake, User)]
    return tuple(count or 0 for count in counts)


def stay_signed_in(world: World, callers: dict[str, Client]) -> None:
    for client in callers.values():
        if client.headers:
            world.renew(client)


@pytest.mark.usefixtures("cached")
async def test_malformed_requests_get_a_problem_and_change_nothing(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    document = world.app.openapi()
    callers = {name: await world.fresh_client(name) for name in ("a1.head", "so.admin", "so.head")}
    callers["a stranger"] = world.anonymous
    before = await counted(world)
    statuses: Counter[int] = Counter()
    codes: Counter[str] = Counter()
    faults: list[str] = []
    created = 0
    for i, request in enumerate(malformed(document, seed=42)):
        if i % SHARE or any(part in request.path for part in ("sign-out", "/auth/totp", "/sessions")):
            continue
        name = list(callers)[i // SHARE % len(callers)]
        if i // SHARE % RENEWED_EVERY == 0:
            # Thousands of requests outlast a token, and a 401 is a problem like any other: it would hide the rest.
            stay_signed_in(world, callers)
        status, headers, content = await send(world, request, callers[name].headers)
        statuses[status] += 1
        what = f"{name}: {request.method} {request.path[:80]!r} {request.kind}: {status}"
        faults += [f"{fault}: {what}" for fault in faults_of(status, headers, content, codes)]
        created += status in SUCCESS and request.method == "post"
    logs = capsys.readouterr()
    if CANARY in logs.out + logs.err:
        faults.append("a canary in the log")
    with capsys.disabled():
        total = sum(statuses.values())
        print(f"\n{world.engine}: {total} malformed requests, {len(faults)} faults; {dict(sorted(statuses.items()))}")
        print(f"  {dict(codes.most_common())}")
    assert not faults, faults[:20]
    assert sum(statuses.values()) >= LEAST
    after = await counted(world)
    assert after[2] == before[2]
    assert after[1] - before[1] <= created
    assert after[0] - before[0] <= created


def faults_of(status: int, headers: dict[bytes, bytes], content: bytes, codes: Counter[str]) -> list[str]:
    """What is wrong with an answer to a malformed request; counts its problem's code."""
    found = ["500"] if status >= 500 else []
    if CANARY.encode() in content + b"".join(headers.values()):
        found.append("echo")
    if status in SUCCESS:
        return found
    if headers.get(b"content-type") != b"application/problem+json":
        return [*found, "no problem"]
    code = json.loads(content)["code"]
    codes[code] += 1
    return found if code in CATALOGUE else [*found, "unknown code"]
