"""Where webhooks may lead: never inside the network, and answers show nothing of it."""

import asyncio
import socket
from threading import Event
from typing import Any

import pytest

from app.integrations import outward
from tests.factories.http import assert_problem, ok
from tests.factories.intakes import create_public_intake
from tests.factories.notices import create_notice, deliver_notices
from tests.factories.units import StaffedUnit
from tests.factories.webhooks import WEBHOOKS, change_webhook, list_deliveries
from tests.receivers import Receiver
from tests.world import Client, World

INSIDE = (
    "https://127.0.0.2/x",
    "https://localhost/x",
    "https://10.0.0.8/x",
    "https://192.168.1.1:8443/x",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[fe80::1]/",
    "https://[fd00::1]/",
    "https://2130706434/",
    "https://0x7f.0.0.2/",
    "https://224.0.0.1/",
    "https://khong-co-that.invalid/",
    "https://8.8.8.8:22/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[5f00::1]/",
    "https://192.0.0.192/",
)
WRONG = ("https://user:secret@8.8.8.8/", "https://8.8.8.8:0/", "https://[8.8.8.8/")


async def registering(admin: Client, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    created: dict[str, Any] = ok(await admin.post(WEBHOOKS, body, headers=headers), 201)
    return created


@pytest.mark.parametrize("act", ["create", "change"])
async def test_slow_resolver_does_not_delay_others(
    world: World, admin: Client, school: StaffedUnit, webhook: dict[str, Any], act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite has one writer: a child's report succeeds during a DNS lookup."""
    asked, answer, known = Event(), Event(), socket.getaddrinfo

    def resolve(host: str, *more: Any, **named: Any) -> list[Any]:
        if host != "cham.example":
            return known(host, *more, **named)
        asked.set()
        answer.wait(60)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443))]

    url = "https://cham.example/x"
    headers = {"Idempotency-Key": f"cham-{world.engine}"}
    body = {"unit_id": str(school.id), "url": url}
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    waiting = asyncio.create_task(
        registering(admin, body, headers) if act == "create" else change_webhook(admin, webhook, url=url)
    )
    try:
        assert await asyncio.to_thread(asked.wait, 60)
        await create_public_intake(world, narrative="Bịa", unit_id=str(school.id))
        assert not waiting.done()
    finally:
        answer.set()
    assert (await waiting)["url"] == url


@pytest.mark.parametrize("url", INSIDE)
async def test_an_address_that_leads_inside_is_refused(admin: Client, school: StaffedUnit, url: str) -> None:
    answer = await admin.post(WEBHOOKS, {"unit_id": str(school.id), "url": url})
    assert_problem(answer, 422, "forbidden_target", "/url")
    assert url not in answer.text


@pytest.mark.parametrize("url", WRONG)
async def test_an_address_that_is_wrong_in_itself_has_a_code_of_its_own(
    admin: Client, school: StaffedUnit, url: str
) -> None:
    answer = await admin.post(WEBHOOKS, {"unit_id": str(school.id), "url": url})
    assert_problem(answer, 422, "malformed_target", "/url")
    assert url not in answer.text


async def test_answers_do_not_reveal_internal_names(admin: Client, school: StaffedUnit, monkeypatch: Any) -> None:
    def resolve(host: str, *_: Any, **__: Any) -> list[Any]:
        if host != "may-in.noi-bo":
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.8", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    errors = []
    for host in ("may-in.noi-bo", "khong-co.noi-bo"):
        answer = await admin.post(WEBHOOKS, {"unit_id": str(school.id), "url": f"https://{host}/x"})
        assert_problem(answer, 422, "forbidden_target", "/url")
        errors.append(answer.json()["errors"])
    assert errors[0] == errors[1]


async def test_dns_rebinding_is_refused(
    world: World, admin: Client, school: StaffedUnit, webhook: dict[str, Any], receiver: Receiver, monkeypatch: Any
) -> None:
    """DNS rebinding: what resolved outside when it was registered resolves inside when it is used."""
    port = int(receiver.url.rsplit(":", 1)[1].split("/")[0])
    found = {"address": "8.8.8.8"}

    def resolve(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found["address"], port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    await change_webhook(admin, webhook, url="http://doi-y.example/athd")
    found["address"] = "127.0.0.1"
    await create_notice(world, school.id)
    await deliver_notices(world.runtime)
    assert receiver.received == []
    assert (await list_deliveries(admin, webhook))[0]["last_status"] == 0


async def test_where_plain_http_is_not_allowed_only_https_will_do() -> None:
    with pytest.raises(outward.MalformedTargetError):
        await outward.checked("http://8.8.8.8/x", (), plain_allowed=False)
    assert (await outward.checked("https://8.8.8.8/x", (), plain_allowed=False)).hostname == "8.8.8.8"
