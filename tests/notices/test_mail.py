"""Each mail is whole; a server that is away is tried for days, one that refuses for good once; nothing piles up."""

import asyncio
import re
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.integrations.mail import composed
from app.repositories.notices.mailboxes import MailboxRepository
from app.security.access.scope import ALL
from app.services.notices.mailboxes import PAUSES
from app.services.platform.jobs import JobKind, JobQueue, enqueue
from app.services.platform.unit_of_work import Runtime
from tests.factories.clock import shift_clock
from tests.factories.http import ok
from tests.factories.notices import create_notice, deliver_notices
from tests.factories.units import StaffedUnit
from tests.notices.mail import MAILBOXES, MailServer, mail_jobs, registered
from tests.world import Client, World

AWAY = {b"MAIL": b"451 4.7.1 greylisted, try again later"}


async def test_a_mail_has_its_day_and_a_name_of_the_senders_domain(
    world: World, admin: Client, school: StaffedUnit, smtp: MailServer, mailing: Runtime
) -> None:
    mailbox = await registered(admin, school)
    await create_notice(world, school.id)
    await deliver_notices(mailing)
    [mail] = [each for each in smtp.mails if each["To"] == mailbox["address"]]
    sent = mail["Date"].datetime
    assert sent.utcoffset() == timedelta(hours=7)
    assert abs(datetime.now(UTC) - sent) < timedelta(minutes=5)  # noqa: TID251 — the receiver's clock
    assert re.fullmatch(r"<[^@<>\s]+@so\.mau\.example>", mail["Message-ID"])
    assert mail["Auto-Submitted"] == "auto-generated"
    assert smtp.greetings == ["so.mau.example"]
    assert socket.gethostname() not in mail.as_string()


def test_no_two_mails_have_one_name() -> None:
    mails = [composed("an-toan@mau.example", "van.thu@mau.example", "Bịa", "Bịa") for _ in range(3)]
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)


@pytest.mark.parametrize("command", [b"MAIL", b"RCPT", b"DATA"])
@pytest.mark.parametrize("code", [b"550", b"554"])
async def test_a_refusal_for_good_is_not_repeated(
    world: World,
    admin: Client,
    school: StaffedUnit,
    smtp: MailServer,
    mailing: Runtime,
    monkeypatch: pytest.MonkeyPatch,
    command: bytes,
    code: bytes,
) -> None:
    smtp.answers[command] = code + b" 5.1.1 no such mailbox"
    mailbox = await registered(admin, school)
    await create_notice(world, school.id)
    await deliver_notices(mailing)
    assert smtp.attempts == 1
    [job] = await mail_jobs(world, mailbox)
    assert job.dead_at is not None
    assert "MailRefusedError" in (job.failure or "")
    shift_clock(monkeypatch, days=4)
    await deliver_notices(mailing)
    assert smtp.attempts == 1


@pytest.mark.parametrize("command", [b"MAIL", b"RCPT", b"DATA"])
async def test_a_server_that_is_away_is_tried_for_two_days_with_growing_pauses(
    world: World,
    admin: Client,
    school: StaffedUnit,
    smtp: MailServer,
    mailing: Runtime,
    monkeypatch: pytest.MonkeyPatch,
    command: bytes,
) -> None:
    smtp.answers = {command: AWAY[b"MAIL"]}
    mailbox = await registered(admin, school)
    await create_notice(world, school.id)
    await deliver_notices(mailing)
    begun, pauses = (await mail_jobs(world, mailbox))[0].created_at, []
    while (job := (await mail_jobs(world, mailbox))[0]).dead_at is None:
        waits = await due_in(world, mailbox)
        pauses.append(waits)
        last = job.run_at
        shift_clock(monkeypatch, seconds=waits.total_seconds() + 1)
        await deliver_notices(mailing)
    assert smtp.attempts == len(PAUSES) + 1 == len(pauses) + 1
    assert pauses == sorted(pauses)
    assert last - begun >= timedelta(days=2)


async def due_in(world: World, mailbox: dict[str, str]) -> timedelta:
    [job] = await mail_jobs(world, mailbox)
    async with world.runtime.work(ALL, write=False) as work:
        return job.run_at - work.now


async def test_an_outage_ends_with_one_mail(
    world: World,
    admin: Client,
    school: StaffedUnit,
    smtp: MailServer,
    mailing: Runtime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mailbox = await registered(admin, school)
    smtp.answers.update(AWAY)
    for kind in ("escalated", "immediate_danger", "escalated", "immediate_danger"):
        await create_notice(world, school.id, kind, count=5)
        await deliver_notices(mailing)
        shift_clock(monkeypatch, hours=5)
    assert len(await mail_jobs(world, mailbox)) == 1
    assert ok(await admin.get(f"{MAILBOXES}/{mailbox['id']}"))["sent_at"] is None
    smtp.answers.clear()
    for _ in range(3):
        shift_clock(monkeypatch, days=1)
        await deliver_notices(mailing)
    [text] = smtp.to(mailbox)
    assert "An incident was escalated: 10" in text
    assert "A child is in immediate danger: 10" in text


async def test_two_mails_that_are_due_at_once_are_one(
    world: World,
    admin: Client,
    school: StaffedUnit,
    smtp: MailServer,
    mailing: Runtime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mailbox = await registered(admin, school)
    smtp.answers.update(AWAY)
    await create_notice(world, school.id)
    await ask_for_mails(world, mailbox, 2)
    meet_while_counting(monkeypatch)
    await deliver_notices(mailing)
    assert len(await mail_jobs(world, mailbox)) == 1
    smtp.answers.clear()
    shift_clock(monkeypatch, days=1)
    await deliver_notices(mailing)
    assert len(smtp.to(mailbox)) == 1
    assert await mail_jobs(world, mailbox) == []


async def ask_for_mails(world: World, mailbox: dict[str, str], count: int) -> None:
    async with world.runtime.work(ALL) as work:
        payload = {"mailbox_id": mailbox["id"], "is_reminder": False, "asked_at": work.now.isoformat()}
        for i in range(count):
            await enqueue(work, JobKind.SEND_MAIL, f"{mailbox['id']}:asked-{i}", payload)
        await work.commit()


def meet_while_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each mail wait for the other before it is sent; where one has the mailbox, the other cannot come."""
    counted, both = MailboxRepository.unread, asyncio.Barrier(2)

    async def unread(self: MailboxRepository, unit_id: UUID) -> dict[str, int]:
        with suppress(TimeoutError, asyncio.BrokenBarrierError):
            await asyncio.wait_for(both.wait(), 1)
        return await counted(self, unit_id)

    monkeypatch.setattr(MailboxRepository, "unread", unread)


async def test_danger_does_not_wait_for_the_next_attempt(
    world: World,
    admin: Client,
    school: StaffedUnit,
    smtp: MailServer,
    mailing: Runtime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mailbox = await registered(admin, school)
    smtp.answers.update(AWAY)
    await create_notice(world, school.id)
    await deliver_notices(mailing)
    while (waits := await due_in(world, mailbox)) < timedelta(hours=3):
        shift_clock(monkeypatch, seconds=waits.total_seconds() + 1)
        await deliver_notices(mailing)
    smtp.answers.clear()
    await create_notice(world, school.id, "immediate_danger")
    await deliver_notices(mailing)
    assert len(smtp.to(mailbox)) == 1


async def test_a_new_mail_takes_the_place_of_a_dead_one(
    world: World, admin: Client, school: StaffedUnit, smtp: MailServer, mailing: Runtime
) -> None:
    mailbox = await registered(admin, school)
    smtp.answers[b"RCPT"] = b"550 no such mailbox"
    await create_notice(world, school.id)
    await deliver_notices(mailing)
    smtp.answers.clear()
    await create_notice(world, school.id)
    await deliver_notices(mailing)
    assert "An incident was escalated: 2" in smtp.to(mailbox)[0]
    async with world.runtime.work(ALL, write=False) as work:
        dead = await JobQueue(work).dead()
    assert mailbox["id"] not in {job.payload["mailbox_id"] for job in dead if job.kind == JobKind.SEND_MAIL}
