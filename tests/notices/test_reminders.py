"""One reminder for each unit and day, of what still waits; none where nothing does, and no more after an outage."""

from datetime import datetime, timedelta

import pytest

from app.core import time
from app.security.access.scope import ALL
from app.services.notices.reminders import MORNING, remind
from app.services.platform.unit_of_work import Runtime
from tests.factories.clock import shift_clock
from tests.factories.http import API, list_ids, ok
from tests.factories.intakes import create_intake_with_receipt
from tests.factories.notices import create_notice, deliver_notices
from tests.factories.units import StaffedUnit, create_unit
from tests.notices.mail import MailServer, registered
from tests.world import Client, World


def go_to_next_morning(monkeypatch: pytest.MonkeyPatch, *, days: int = 1, minutes: int = 1) -> None:
    now = time.utc_now()
    morning = datetime.combine(time.local_date(now) + timedelta(days=days), MORNING)
    shift_clock(monkeypatch, seconds=(morning - now).total_seconds() + minutes * 60)


async def look(runtime: Runtime) -> None:
    """What the worker does every ten minutes."""
    async with runtime.work(ALL) as work:
        await remind(work, {})
        await work.commit()
    await deliver_notices(runtime)


async def test_what_waits_is_mailed_once_each_morning(
    world: World,
    admin: Client,
    school: StaffedUnit,
    smtp: MailServer,
    mailing: Runtime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mailbox = await registered(admin, school)
    await create_notice(world, school.id, count=3)
    await deliver_notices(mailing)
    for mornings in (1, 2, 3):
        go_to_next_morning(monkeypatch, minutes=-1)
        await look(mailing)
        assert len(smtp.to(mailbox)) == mornings
        for _ in range(3):
            shift_clock(monkeypatch, minutes=10)
            await look(mailing)
        assert len(smtp.to(mailbox)) == mornings + 1
        assert "unread notices: 3" in smtp.to(mailbox)[-1]
        assert str(school.id) not in smtp.to(mailbox)[-1]


async def test_an_intake_waits_though_its_notice_is_read(
    world: World,
    admin: Client,
    school: StaffedUnit,
    smtp: MailServer,
    mailing: Runtime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mailbox = await registered(admin, school)
    await create_intake_with_receipt(world, school)
    await create_notice(world, school.id)
    for each in await list_ids(school.head, "notices"):
        ok(await school.head.post(f"{API}/notices/{each}/read"))
    go_to_next_morning(monkeypatch)
    await look(mailing)
    [text] = smtp.to(mailbox)
    assert "intakes that nobody took up: 1" in text
    assert "unread notices" not in text
    assert "Chuyện bịa" not in text


async def test_a_unit_for_which_nothing_waits_gets_none(
    admin: Client, school: StaffedUnit, smtp: MailServer, mailing: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = await registered(admin, school)
    go_to_next_morning(monkeypatch)
    await look(mailing)
    assert smtp.to(mailbox) == []


async def test_what_waits_for_another_unit_is_not_counted(
    world: World,
    admin: Client,
    school: StaffedUnit,
    smtp: MailServer,
    mailing: Runtime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mailbox = await registered(admin, school)
    await create_notice(world, (await create_unit(world)).id, count=7)
    await create_notice(world, school.id)
    go_to_next_morning(monkeypatch)
    await look(mailing)
    assert "unread notices: 1" in smtp.to(mailbox)[-1]


async def test_mornings_that_an_outage_took_are_not_made_up_for(
    world: World,
    admin: Client,
    school: StaffedUnit,
    smtp: MailServer,
    mailing: Runtime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mailbox = await registered(admin, school)
    await create_notice(world, school.id)
    smtp.answers[b"MAIL"] = b"451 later"
    for _ in range(5):
        go_to_next_morning(monkeypatch)
        await look(mailing)
    smtp.answers.clear()
    go_to_next_morning(monkeypatch)
    for _ in range(4):
        await look(mailing)
        shift_clock(monkeypatch, hours=1)
    assert len(smtp.to(mailbox)) == 1


async def test_the_longest_pause_between_mails_holds_for_reminders(
    world: World,
    admin: Client,
    school: StaffedUnit,
    smtp: MailServer,
    mailing: Runtime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_to_next_morning(monkeypatch, minutes=8 * 60)
    mailbox = await registered(admin, school, every_minutes=1440)
    await create_notice(world, school.id)
    await deliver_notices(mailing)
    go_to_next_morning(monkeypatch)
    await look(mailing)
    assert len(smtp.to(mailbox)) == 1
    shift_clock(monkeypatch, hours=9)
    await look(mailing)
    assert len(smtp.to(mailbox)) == 2
