"""Mailboxes: few mails, with a count and no content; a dead mail server delays nothing else."""

import pytest

from app.core.settings import Settings
from app.integrations.mail import MailError, send
from app.services.platform.unit_of_work import Runtime
from tests.factories.clock import shift_clock
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.notices import create_notice, deliver_notices
from tests.factories.units import StaffedUnit
from tests.notices.mail import MAILBOXES, MailServer, mail_jobs, registered
from tests.receivers import receiving
from tests.world import Client, World

OFFICE = "van.thu@mau.example"


async def test_a_flood_is_one_mail_and_says_only_how_much_waits(
    world: World, admin: Client, school: StaffedUnit, smtp: MailServer, mailing: Runtime
) -> None:
    mailbox = await registered(admin, school)
    await create_notice(world, school.id, count=30)
    await deliver_notices(mailing)
    await create_notice(world, school.id, count=30)
    await deliver_notices(mailing)
    (mail,) = smtp.to(mailbox)
    assert "An incident was escalated: 30" in mail
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
    assert "An incident was escalated: 3" in smtp.to(mailbox)[1]


async def test_immediate_danger_is_mailed_during_the_pause(
    world: World, admin: Client, school: StaffedUnit, smtp: MailServer, mailing: Runtime
) -> None:
    mailbox = await registered(admin, school, every_minutes=60)
    await create_notice(world, school.id)
    await deliver_notices(mailing)
    await create_notice(world, school.id, "immediate_danger")
    await deliver_notices(mailing)
    assert ["A child is in immediate danger: 1" in text for text in smtp.to(mailbox)] == [False, True]


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
    smtp.answers[b"MAIL"] = b"451 later"
    mailbox = await registered(admin, school)
    with receiving() as receiver:
        ok(await admin.post(f"{API}/webhooks", {"unit_id": str(school.id), "url": receiver.url}), 201)
        await create_notice(world, school.id)
        await deliver_notices(mailing)
        assert len(receiver.received) == 1
    assert smtp.to(mailbox) == []
    smtp.answers.clear()
    shift_clock(monkeypatch, minutes=1)
    await deliver_notices(mailing)
    assert len(smtp.to(mailbox)) == 1


async def test_notices_wait_until_a_mail_server_is_configured(
    world: World, admin: Client, school: StaffedUnit, smtp: MailServer, mailing: Runtime
) -> None:
    mailbox = await registered(admin, school)
    await create_notice(world, school.id)
    await deliver_notices(world.runtime)
    assert await mail_jobs(world, mailbox) == []
    assert ok(await admin.get(f"{MAILBOXES}/{mailbox['id']}"))["sent_at"] is None
    await create_notice(world, school.id)
    await deliver_notices(mailing)
    assert "An incident was escalated: 2" in smtp.to(mailbox)[0]


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


ADDRESSES = (
    *("a@b", "x\r\nBcc: y@z.vn@mau.example", "a b@mau.example", "Tên <a@mau.example>"),
    *("van.thu@mau..example", "van.thu@.mau.example"),
)


@pytest.mark.parametrize("address", ADDRESSES)
async def test_an_address_that_is_none_is_refused(admin: Client, school: StaffedUnit, address: str) -> None:
    answer = await admin.post(MAILBOXES, {"unit_id": str(school.id), "address": address})
    assert answer.status_code == 422
    assert address not in answer.text
