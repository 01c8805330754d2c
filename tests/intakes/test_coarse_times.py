"""Times of an anonymous reporter are rounded: staff see the hour, never the minute."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from app.core.ids import id_of_hour, new_id
from app.core.time import utc_now, whole_hour
from app.repositories.notices.notices import NoticeRepository
from app.security.access.scope import ALL
from app.services.notices.notices import announce_danger, announce_intakes, announce_messages
from app.services.notices.webhooks import message_of
from tests.factories.http import API, list_ids, ok
from tests.factories.intakes import create_public_intake
from tests.factories.units import StaffedUnit
from tests.world import World

RECEIPTS = f"{API}/public/receipts"
UUID_7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)")
Span = tuple[datetime, datetime]


def moments(text: str) -> list[datetime]:
    """Every timestamp in a text, including those in ids."""
    ids = [UUID(found).int >> 80 for found in UUID_7.findall(text)]
    times_of_ids = [datetime.fromtimestamp(milliseconds / 1000, UTC) for milliseconds in ids]
    return [*times_of_ids, *(datetime.fromisoformat(found) for found in INSTANT.findall(text))]


def within(span: Span, text: str) -> list[datetime]:
    """Moments of a span, and of the millisecond in which it began."""
    return [moment for moment in moments(text) if span[0] - timedelta(milliseconds=1) <= moment <= span[1]]


async def wrote(world: World, receipt: str, words: str) -> dict[str, Any]:
    body = {"receipt": receipt, "text": words, "immediate_danger": True}
    message: dict[str, Any] = ok(await world.anonymous.post(f"{RECEIPTS}/messages", body), 201)
    return message


async def looked(world: World, receipt: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = ok(await world.anonymous.post(f"{RECEIPTS}/thread", {"receipt": receipt}))[
        "entries"
    ]
    return entries


async def announced(world: World, school: StaffedUnit) -> None:
    """What the worker does by itself, at once."""
    async with world.runtime.work(ALL) as work:
        await announce_intakes(work, {"unit_id": str(school.id)})
        await announce_messages(work, {"unit_id": str(school.id)})
        await announce_danger(work, {"unit_id": str(school.id)})
        await work.commit()


async def sole_intake(school: StaffedUnit) -> str:
    (intake_id,) = await list_ids(school.head, "intakes")
    return intake_id


async def test_staff_never_see_reporter_timestamps(world: World, school: StaffedUnit) -> None:
    auditor = await world.client("so.auditor")
    before = utc_now()
    receipt = (await create_public_intake(world, unit_id=str(school.id), narrative="Bịa"))["receipt"]
    await wrote(world, receipt, "Bịa")
    await announced(world, school)
    sending = (before, utc_now())
    intake = f"{API}/intakes/{await sole_intake(school)}"
    ok(await school.head.post(f"{intake}/messages", {"text": "Bịa"}), 201)
    before = utc_now()
    await looked(world, receipt)
    looking = (before, utc_now())
    pages = {
        path: await school.head.get(path, params={"limit": 500} if path.count("/") == API.count("/") + 1 else {})
        for path in (f"{API}/intakes", intake, f"{intake}/messages", f"{API}/clocks", f"{API}/notices")
    }
    pages["audit"] = await auditor.get(f"{API}/audit/entries", params={"limit": 500})
    incident = ok(await school.head.post(f"{intake}/incident"), 201)
    for part in ("", "/clocks", "/timeline", "/similar"):
        pages[f"incident{part}"] = await school.head.get(f"{API}/incidents/{incident['id']}{part}")
    for name, page in pages.items():
        assert page.status_code == 200, name
        assert moments(page.text) or name.endswith("similar"), name
        for span in (sending, looking):
            assert within(span, page.text) == [], name
    (written, answer) = ok(pages[f"{intake}/messages"])
    assert written["written_at"] == whole_hour(sending[0]).isoformat().replace("+00:00", "Z")
    assert (answer["is_read"], "read_at" in answer) == (False, False)


async def test_webhooks_never_contain_reporter_timestamps(world: World, school: StaffedUnit) -> None:
    await create_public_intake(world, unit_id=str(school.id), narrative="Bịa")
    await announced(world, school)
    async with world.runtime.work(ALL, write=False) as work:
        notice = await NoticeRepository(work.session).last(school.id, "intakes_waiting")
    assert notice is not None
    assert message_of(notice, 1)["timestamp"] == whole_hour(notice.created_at).isoformat()


async def test_its_clock_counts_from_the_hour_and_so_ends_earlier_never_later(
    world: World, school: StaffedUnit
) -> None:
    before = utc_now()
    await create_public_intake(world, unit_id=str(school.id), narrative="Bịa")
    intake = ok(await school.head.get(f"{API}/intakes/{await sole_intake(school)}"))
    (clock,) = ok(await school.head.get(f"{API}/clocks"))["items"]
    assert clock["started_at"] == intake["received_at"] == intake["recorded_at"]
    started, due = (datetime.fromisoformat(clock[name]) for name in ("started_at", "due_at"))
    assert started == whole_hour(before)
    assert due <= before + timedelta(hours=24)


async def test_an_incident_that_it_opens_is_of_that_hour(world: World, school: StaffedUnit) -> None:
    await create_public_intake(world, unit_id=str(school.id), narrative="Bịa")
    intake = ok(await school.head.get(f"{API}/intakes/{await sole_intake(school)}"))
    incident = ok(await school.head.post(f"{API}/intakes/{intake['id']}/incident"), 201)
    assert incident["received_at"] == intake["received_at"]
    clocks = ok(await school.head.get(f"{API}/incidents/{incident['id']}/clocks"))
    assert {each["started_at"] for each in clocks if each["rule_code"] == "acknowledge"} == {intake["received_at"]}


async def test_pages_of_one_hour_show_each_once_while_others_arrive(world: World, school: StaffedUnit) -> None:
    for _ in range(7):
        await create_public_intake(world, unit_id=str(school.id), narrative="Bịa")
    there = await list_ids(school.head, "intakes")
    assert len(there) == 7
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = ok(await school.head.get(f"{API}/intakes", params={"limit": 2, **cursor}))
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
        await create_public_intake(world, unit_id=str(school.id), narrative="Đến sau (bịa)") if len(seen) < 6 else None
    assert len(seen) == len(set(seen))
    assert there <= set(seen)


async def test_messages_are_ordered_the_same_on_both_sides(world: World, school: StaffedUnit) -> None:
    receipt = (await create_public_intake(world, unit_id=str(school.id), narrative="Bịa"))["receipt"]
    path = f"{API}/intakes/{await sole_intake(school)}/messages"
    for number in range(0, 12, 2):
        stored = await wrote(world, receipt, f"{number}")
        assert datetime.fromisoformat(stored["at"]) == whole_hour(datetime.fromisoformat(stored["at"]))
        ok(await school.head.post(path, {"text": f"{number + 1}"}), 201)
    in_order = [str(number) for number in range(12)]
    assert [message["text"] for message in ok(await school.head.get(path))] == in_order
    entries = await looked(world, receipt)
    assert [entry["code"] or entry["text"] for entry in entries] == ["received", *in_order]


async def test_repeated_public_intake_is_the_same_intake(world: World, school: StaffedUnit) -> None:
    body = {"unit_id": str(school.id), "narrative": "Bịa", "immediate_danger": True}
    headers = {"Idempotency-Key": f"{new_id()}"}
    answers: list[httpx.Response] = [
        await world.anonymous.post(f"{API}/public/intakes", body, headers=headers) for _ in range(2)
    ]
    assert ok(answers[0], 201) == ok(answers[1], 201)
    await sole_intake(school)


async def test_staff_intake_has_exact_minutes(school: StaffedUnit) -> None:
    before = utc_now()
    created = await school.head.create_intake()
    intake = ok(await school.head.get(f"{API}/intakes/{created['id']}"))
    assert datetime.fromisoformat(intake["recorded_at"]) >= before


def test_anonymous_id_is_a_uuid7_rounded_to_the_hour() -> None:
    now = utc_now()
    made = [id_of_hour(now) for _ in range(1000)]
    assert len(set(made)) == 1000
    for each in made:
        assert (each.version, each.variant) == (7, new_id().variant)
        assert each.int >> 80 == int(whole_hour(now).timestamp() * 1000)
    assert max(made) < new_id()
