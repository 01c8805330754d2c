"""Mailboxes: few mails, with a count and no content; a dead mail server delays nothing else."""

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from app.core.settings import Settings
from app.integrations.mail import MailError, send
from app.models.platform.jobs import Job
from app.security.access.scope import ALL
from app.services.platform.jobs import JobKind
from app.services.platform.unit_of_work import Runtime
from tests.factories.clock import shift_clock
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.notices import create_notice, deliver_notices
from tests.factories.units import StaffedUnit
from tests.receivers import receiving
from tests.world import Client, World

MAILBOXES = f"{API}/mailboxes"
OFFICE = "van.thu@mau.example"
NUMBERS = count(1)


@dataclass
class MailServer:
    """SMTP as far as one mail needs it."""

    port: int = 0
    refuses: bool = False
    mails: list[EmailMessage] = field(default_factory=list)

    def to(self, mailbox: dict[str, Any]) -> list[str]:
        """The texts that one mailbox got."""
        return [each.get_content() for each in self.mails if each["To"] == mailbox["address"]]


@pytest.fixture
def smtp() -> Iterator[MailServer]:
    mail_server = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 mau.example\r\n")
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word == b"DATA":
                    self.wfile.write(b"354 .\r\n")
                    mail_server.mails.append(self._mail())
                elif word == b"MAIL" and mail_server.refuses:
                    self.wfile.write(b"451 later\r\n")
                    continue
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")

        def _mail(self) -> EmailMessage:
            lines = b"".join(iter(self.rfile.readline, b".\r\n"))
            return message_from_bytes(lines, EmailMessage, policy=policy.default)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        mail_server.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield mail_server
        server.shutdown()


@pytest.fixture
def mailing(world: World, smtp: MailServer) -> Runtime:
    changes = {"smtp_host": "127.0.0.1", "smtp_port": smtp.port, "smtp_tls": False}
    return replace(world.runtime, settings=world.runtime.settings.model_copy(update=changes))


@pytest.fixture
async def admin(world: World) -> Client:
    return await world.client("phong_a.admin")


async def registered(admin: Client, place: StaffedUnit, **more: object) -> dict[str, Any]:
    body = {"unit_id": str(place.id), "address": f"van.thu.{next(NUMBERS)}@mau.example", **more}
    mailbox: dict[str, Any] = ok(await admin.post(MAILBOXES, body), 201)
    return mailbox


async def mails_that_wait(world: World, mailbox: dict[str, Any]) -> list[Job]:
    async with world.runtime.work(ALL, write=False) as work:
        jobs = await work.session.scalars(select(Job).where(Job.kind == JobKind.SEND_MAIL))
        return [job for job in jobs if job.payload["mailbox_id"] == mailbox["id"]]


async def test_a_flood_is_one_mail_and_says_only_how_much_waits(
    world: World, admin: Client, school: StaffedUnit, smtp: MailServer, mailing: Runtime
) -> None:
    mailbox = await registered(admin, school)
    await create_notice(world, school.id, count=30)
    await deliver_notices(mailing)
    await create_notice(world, school.id, count=30)
    await deliver_notices(mailing)
    (mail,) = smtp.to(mailbox)
    assert "escalated: 30" in mail
    assert str(school.id) not in mail


async def test_notices_during_the_pause_are_mailed_after_it(
    world: World,
    admin: Client,
    school: StaffedUnit,
    smtp: MailServer,
    mailing: Runtime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mailbox = await registered(admin, school, every_minutes=60)
    for minutes in (0, 1, 58):
        shift_clock(monkeypatch, minutes=minutes)
        await create_notice(world, school.id)
        await deliver_notices(mailing)
    assert len(smtp.to(mailbox)) == 1
    shift_clock(monkeypatch, minutes=2)
    await deliver_notices(mailing)
    assert "escalated: 3" in smtp.to(mailbox)[1]


async def test_immediate_danger_is_mailed_during_the_pause(
    world: World, admin: Client, school: StaffedUnit, smtp: MailServer, mailing: Runtime
) -> None:
    mailbox = await registered(admin, school, every_minutes=60)
    await create_notice(world, school.id)
    await deliver_notices(mailing)
    await create_notice(world, school.id, "immediate_danger")
    await deliver_notices(mailing)
    assert ["immediate_danger: 1" in text for text in smtp.to(mailbox)] == [False, True]


async def test_read_notices_are_not_mailed(
    world: World, admin: Client, school: StaffedUnit, smtp: MailServer, mailing: Runtime
) -> None:
    mailbox = await registered(admin, school)
    await create_notice(world, school.id)
    for each in await list_ids(school.head, "notices"):
        ok(await school.head.post(f"{API}/notices/{each}/read"))
    await deliver_notices(mailing)
    assert smtp.to(mailbox) == []


async def test_a_mail_server_that_refuses_is_tried_again_and_holds_up_no_webhook(
    world: World,
    admin: Client,
    school: StaffedUnit,
    smtp: MailServer,
    mailing: Runtime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    smtp.refuses = True
    mailbox = await registered(admin, school)
    with receiving() as receiver:
        ok(await admin.post(f"{API}/webhooks", {"unit_id": str(school.id), "url": receiver.url}), 201)
        await create_notice(world, school.id)
        await deliver_notices(mailing)
        assert len(receiver.received) == 1
    assert smtp.to(mailbox) == []
    smtp.refuses = False
    shift_clock(monkeypatch, minutes=1)
    await deliver_notices(mailing)
    assert len(smtp.to(mailbox)) == 1


async def test_notices_wait_until_a_mail_server_is_configured(
    world: World, admin: Client, school: StaffedUnit, smtp: MailServer, mailing: Runtime
) -> None:
    mailbox = await registered(admin, school)
    await create_notice(world, school.id)
    await deliver_notices(world.runtime)
    assert await mails_that_wait(world, mailbox) == []
    assert ok(await admin.get(f"{MAILBOXES}/{mailbox['id']}"))["sent_at"] is None
    await create_notice(world, school.id)
    await deliver_notices(mailing)
    assert "escalated: 2" in smtp.to(mailbox)[0]


async def test_a_dead_mail_server_says_so_without_the_address() -> None:
    settings = Settings(environment="test", smtp_host="127.0.0.1", smtp_port=1, smtp_tls=False)
    with pytest.raises(MailError) as raised:
        await send(settings, OFFICE, "Bịa", "Bịa")
    assert OFFICE not in str(raised.value)
    assert raised.value.__cause__ is None


async def test_another_units_administrator_does_not_know_it(world: World, admin: Client, school: StaffedUnit) -> None:
    mailbox = await registered(admin, school)
    path, stranger = f"{MAILBOXES}/{mailbox['id']}", await world.client("so2.admin")
    assert_problem(await stranger.get(path), 404, "not_found")
    assert mailbox["id"] not in await list_ids(stranger, "mailboxes")
    assert mailbox["id"] in await list_ids(admin, "mailboxes")
    assert_problem(await stranger.delete(path, await read_etag(admin, path)), 404, "not_found")
    assert (await admin.delete(path, await read_etag(admin, path))).status_code == 204
    assert_problem(await admin.get(path), 404, "not_found")


@pytest.mark.parametrize("address", ["a@b", "x\r\nBcc: y@z.vn@mau.example", "a b@mau.example", "Tên <a@mau.example>"])
async def test_an_address_that_is_none_is_refused(admin: Client, school: StaffedUnit, address: str) -> None:
    answer = await admin.post(MAILBOXES, {"unit_id": str(school.id), "address": address})
    assert answer.status_code == 422
    assert address not in answer.text
