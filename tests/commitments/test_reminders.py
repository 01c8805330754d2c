"""Reminders: one message a guardian a day, none at night, none to who decided; fetched by a sender. All invented."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.time import today
from app.security.access.scope import ALL
from app.services.commitments.reminder_senders import mail_reminders
from app.services.commitments.reminders import plan_school_reminders
from tests.factories.clock import AdvanceClock
from tests.factories.commitments import create_campaign, create_template, record, rows, secondary_template
from tests.factories.http import assert_problem, ok, read_etag
from tests.factories.learners import appoint
from tests.factories.reminders import (
    REMINDERS,
    RULES,
    Calendar,
    add_guardian,
    create_reminding,
    create_sender,
    dialled,
    fetch,
    follow,
    forget_rolls,
    next_phone,
    plan,
    say,
)
from tests.factories.slips import guardians_of
from tests.factories.units import StaffedUnit, create_unit
from tests.notices.mail import serving_mail
from tests.world import World


@pytest.fixture
def calendar(advance_clock: AdvanceClock) -> Calendar:
    return Calendar(advance_clock)


@pytest.fixture
async def school(world: World) -> StaffedUnit:
    await forget_rolls(world)
    return await create_unit(world)


async def test_a_guardian_of_two_children_gets_one_message_a_day_and_none_at_night(
    world: World, school: StaffedUnit, calendar: Calendar
) -> None:
    phone, other = next_phone(), next_phone()
    await create_reminding(school, phone, phone, other)
    sender = await create_sender(world, school.id)
    calendar.set(world, 0, 10)
    await plan(world)
    assert await fetch(sender) == []
    for hour, number in ((6, 0), (20, 0), (8, 2), (9, 0)):
        calendar.set(world, 1, hour)
        await plan(world)
        found = await fetch(sender)
        assert len(found) == number, hour
        if found:
            assert {each["telephone"] for each in found} == {dialled(phone), dialled(other)}
            assert "Bịa" not in str(found)
            assert ok(await say(sender, found, "sent")) == {"recorded": 2}
            assert ok(await say(sender, found, "sent")) == {"recorded": 0}
    for days, number in ((2, 0), (3, 2)):
        calendar.set(world, days, 8)
        await plan(world)
        assert len(await fetch(sender)) == number


@pytest.mark.parametrize("bar", ["may_be_contacted", "may_know_whereabouts"])
async def test_who_answered_refused_or_may_not_be_written_to_hears_nothing(
    world: World, school: StaffedUnit, calendar: Calendar, bar: str
) -> None:
    phones = [next_phone() for _ in range(5)]
    signing = await create_reminding(school, *phones, phones[1])
    tag = await read_etag(school.officer, signing.pupils[2].path)
    path = f"{signing.pupils[2].path}/guardians"
    barred = ok(await school.officer.get(path))[0]
    ok(await school.officer.patch(f"{path}/{barred['id']}", {bar: False}, tag))
    sender = await create_sender(world, school.id)
    calendar.set(world, 1, 7, school.head)
    await plan(world)
    # After the planning: judged as it is fetched.
    ok(await record(school.head, signing, rows(signing.pupils[:1], "signed"), rows(signing.pupils[1:2], "refused")))
    ok(await record(school.head, signing, rows(signing.pupils[3:4], "not_reached")))
    assert [each["telephone"] for each in await fetch(sender)] == [dialled(phones[4])]
    counted = {
        each["state"]: each["messages"] for each in ok(await school.head.get(f"{REMINDERS}/{signing.campaign_id}"))
    }
    assert counted == {"dropped": 3, "fetched": 1}


async def test_where_each_guardian_is_asked_those_are_reminded_who_have_not_answered(
    world: World, school: StaffedUnit, calendar: Calendar
) -> None:
    template = await create_template(await world.client("so.officer"), satisfied_by="each")
    days = {"closes_on": (today() + timedelta(days=20)).isoformat(), "reminders": RULES}
    campaign = await create_campaign(school.head, [template["id"]], **days)
    signed, waits, refuses = (next_phone() for _ in range(3))
    signing = await create_reminding(school, signed, signed, refuses, campaign_id=campaign)
    for at, phone in enumerate((waits, refuses)):
        await add_guardian(school, signing.pupils[at], relation="father", phone=phone)
        known = await guardians_of(signing, at)
        pupils = signing.pupils[at : at + 1]
        ok(await record(school.head, signing, rows(pupils, "signed", guardian_id=known["mother"])))
        if phone is refuses:
            ok(await record(school.head, signing, rows(pupils, "refused", guardian_id=known["father"])))
    sender = await create_sender(world, school.id)
    calendar.set(world, 1, 10, school.head)
    await plan(world)
    # Who refused for one child is not written to for another.
    assert [each["telephone"] for each in await fetch(sender)] == [dialled(waits)]


async def test_a_message_without_an_outcome_comes_again_on_another_day_up_to_the_cap(
    world: World, school: StaffedUnit, calendar: Calendar
) -> None:
    phone = next_phone()
    await create_reminding(school, phone, reminders={"days_after": [0], "at_most": 2})
    sender = await create_sender(world, school.id)
    for days, number in ((1, 1), (2, 1), (3, 0)):
        calendar.set(world, days, 12)
        await plan(world)
        await plan(world)
        assert len(await fetch(sender)) == number
        assert await fetch(sender) == []


async def test_senders_that_fetch_at_once_share_the_messages(
    world: World, school: StaffedUnit, calendar: Calendar
) -> None:
    phones = [next_phone() for _ in range(6)]
    await create_reminding(school, *phones)
    sender = await create_sender(world, school.id)
    calendar.set(world, 1, 10)
    await plan(world)
    found = [each for some in await asyncio.gather(*(fetch(sender, 2) for _ in range(6))) for each in some]
    found += await fetch(sender)
    assert sorted(each["telephone"] for each in found) == sorted(map(dialled, phones))


async def test_schools_that_plan_at_once_write_to_the_guardian_of_both_once(
    world: World, school: StaffedUnit, calendar: Calendar
) -> None:
    phone, department = next_phone(), await world.client("so.officer")
    days = {"closes_on": (today() + timedelta(days=2)).isoformat(), "reminders": {"days_after": [0]}}
    campaign = await create_campaign(department, [await secondary_template(department)], **days)
    other = await create_unit(world)
    for each in (school, other):
        await create_reminding(each, phone, campaign_id=campaign)
    senders = [await create_sender(world, each.id) for each in (school, other)]
    calendar.set(world, 1, 10)

    async def plan_one(unit: StaffedUnit, planned: asyncio.Event, after: asyncio.Event) -> None:
        async with world.runtime.work(ALL) as work:
            await plan_school_reminders(work, {"campaign_id": campaign, "unit_id": str(unit.id)})
            planned.set()
            await after.wait()
            await work.commit()

    planned, after = asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(plan_one(school, planned, after))
    await planned.wait()
    second = asyncio.create_task(plan_one(other, planned, after))
    # Until the second one waits for the first.
    await asyncio.sleep(0.2)
    after.set()
    await asyncio.gather(first, second)
    assert sorted([len(await fetch(each)) for each in senders]) == [0, 1]


async def test_a_number_that_nothing_arrives_at_is_seen_by_the_school_and_not_tried_again(
    world: World, school: StaffedUnit, calendar: Calendar
) -> None:
    phone = next_phone()
    signing = await create_reminding(school, phone, reminders={"days_after": [0]})
    sender, head, path = await create_sender(world, school.id), school.head, f"{signing.pupils[0].path}/guardians"
    calendar.set(world, 1, 10, head)
    await plan(world)
    found = await fetch(sender)
    ok(await say(sender, found, "unreachable", failure="absent_subscriber"))
    assert_problem(await say(sender, found, "sent"), 422, "contradicts", "/outcomes/0")
    await follow(world)
    (learner,) = ok(await head.get(signing.path))["learners"]
    assert (learner["has_contact"], learner["obligations"][1]["state"]) == (False, "no_contact_details")
    (mother,) = ok(await head.get(path))
    assert mother["unreachable_since"] is not None
    calendar.set(world, 2, 10, head)
    await plan(world)
    assert await fetch(sender) == []
    tag = await read_etag(head, signing.pupils[0].path)
    assert ok(await head.patch(f"{path}/{mother['id']}", {"phone": next_phone()}, tag))["unreachable_since"] is None
    await follow(world)
    calendar.set(world, 3, 10, head)
    await plan(world)
    assert len(await fetch(sender)) == 1


async def test_a_sender_reaches_the_units_below_its_own_and_no_other_does(world: World, calendar: Calendar) -> None:
    await forget_rolls(world)
    bureau = await create_unit(world, "bureau", "department")
    school, stranger = await create_unit(world, under=bureau.id), await create_unit(world)
    signing = await create_reminding(school, next_phone())
    above, elsewhere = await create_sender(world, bureau.id), await create_sender(world, stranger.id)
    await appoint(school.head, signing.class_id, school.teacher)
    readers = (school.head, school.teacher, bureau.head, stranger.head)
    calendar.set(world, 1, 10, *readers)
    await plan(world)
    assert await fetch(elsewhere) == []
    # One message of a day may be one family's: only those of the school who read every name see that it waits.
    counted = [ok(await each.get(f"{REMINDERS}/{signing.campaign_id}")) for each in readers[:3]]
    assert [[each["messages"] for each in some] for some in counted] == [[1], [], []]
    assert_problem(await stranger.head.get(f"{REMINDERS}/{signing.campaign_id}"), 404, "not_found")
    found = await fetch(above)
    assert len(found) == 1
    assert_problem(await say(elsewhere, found, "sent"), 422, "unknown_record", "/outcomes/0")
    assert_problem(await school.head.post(f"{REMINDERS}/batches", {}), 403, "forbidden")
    assert ok(await say(above, found, "failed", failure="busy")) == {"recorded": 1}


async def test_where_an_address_is_known_the_product_writes_by_mail_under_the_same_limits(
    world: World, school: StaffedUnit, calendar: Calendar
) -> None:
    phone, address = next_phone(), f"me{next_phone()}@example.org"
    signing = await create_reminding(school, phone, phone)
    tag = await read_etag(school.officer, signing.pupils[0].path)
    path = f"{signing.pupils[0].path}/guardians"
    (mother,) = ok(await school.officer.get(path))
    ok(await school.officer.patch(f"{path}/{mother['id']}", {"email": address}, tag))
    await add_guardian(school, signing.pupils[1], relation="father", phone=None, email=address)
    sender = await create_sender(world, school.id)
    with serving_mail() as server:
        changes = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_tls": False}
        changes |= {"smtp_sender": "An Toàn Học Đường <an-toan@so.mau.example>"}
        mailing = replace(world.runtime, settings=world.runtime.settings.model_copy(update=changes))
        calendar.set(world, 1, 10)
        await plan(world, mailing)
        for _ in range(2):
            async with mailing.work(ALL) as work:
                await mail_reminders(work, {})
                await work.commit()
        assert [each["To"] for each in server.mails] == [address]
        assert await fetch(sender) == []
