"""What went wrong in comparable systems, tried on ours. Each test names where it happened; all data here is invented.

Floods, stored receipts, replayed tokens, hostile tokens, malformed input and child objects of restricted records have
suites of their own (tests/faults, tests/attack, tests/isolation).
"""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from app.core import time
from app.security.access.roles import Role
from app.security.access.scope import ALL
from app.services.cases.escalations import escalate_overdue
from tests.factories.accounts import create_user
from tests.factories.cases import escalate_overdue_clocks, transition
from tests.factories.http import API, assert_problem, ok, read_etag
from tests.factories.intakes import create_public_intake, write_by_receipt
from tests.factories.referrals import create_referral
from tests.factories.sharing import share_incident
from tests.factories.statements import sent
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

INTAKE = {"source_channel": "in_person", "group": "school_violence", "narrative": "Chuyện bịa để thử"}


async def test_two_who_change_different_fields_at_once_lose_neither(school: StaffedUnit) -> None:
    """Primero PR 508, DHIS2-15793: the later of two writers took the earlier one's words away in silence."""
    path = f"{API}/incidents/{(await school.head.create_intake())['incident_id']}"
    seen = await read_etag(school.head, path)
    answers = await asyncio.gather(
        school.head.patch(path, {"place": "Sân sau (bịa)"}, seen),
        school.counsellor.patch(path, {"summary": "Tóm tắt bịa"}, seen),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    late = answers[0].status_code == 412
    who, change = (school.head, {"place": "Sân sau (bịa)"}) if late else (school.counsellor, {"summary": "Tóm tắt bịa"})
    ok(await who.patch(path, change, await read_etag(who, path)))
    whole = ok(await school.head.get(path))
    assert (whole["place"], whole["summary"]) == ("Sân sau (bịa)", "Tóm tắt bịa")


@pytest.mark.parametrize("what", ["role", "unit_id", "status"])
async def test_users_cannot_widen_their_own_scope(world: World, administrator: Client, what: str) -> None:
    """Primero eb676a4b1a: users could edit the groups that decided what they saw."""
    own = await administrator_of(world, world.units["bureau_a"])
    path = f"{API}/users/{own.user_id}"
    wider = {"role": "bureau_officer", "unit_id": str(world.units["department"]), "status": "suspended"}
    seen = await read_etag(own, path)
    assert_problem(await own.patch(path, {what: wider[what]}, seen), 403, "forbidden")
    assert ok(await administrator.patch(path, {what: wider[what]}, seen))[what] == wider[what]


async def test_users_cannot_raise_their_own_unit(world: World, administrator: Client) -> None:
    """DHIS2-16276: a user could move the own unit upward, and with it everything that is seen from there."""
    bureau = await create_unit(world, "bureau", "department")
    own = await administrator_of(world, bureau.id)
    path = f"{API}/units/{bureau.id}"
    seen = {"If-Match": await read_etag(own, path)}
    for above in ("ministry", "bureau_b"):
        assert_problem(await own.post(f"{path}/moves", move_below(world, above), headers=seen), 403, "forbidden")
    school = f"{API}/units/{(await create_unit(world, under=bureau.id)).id}"
    below = {"If-Match": await read_etag(own, school)}
    assert_problem(await own.post(f"{school}/moves", move_below(world, "bureau_b"), headers=below), 403, "forbidden")
    ok(await administrator.post(f"{school}/moves", move_below(world, "bureau_b"), headers=below), 201)


async def administrator_of(world: World, unit_id: UUID) -> Client:
    someone = await create_user(world, Role.SYSTEM_ADMINISTRATOR, unit_id, second_factor=True)
    return await world.fresh_client(someone.username)


def move_below(world: World, above: str) -> dict[str, str]:
    decided = {"effective_on": time.today().isoformat(), "decision_number": "03/QĐ-MẪU"}
    return {**decided, "parent_id": str(world.units[above])}


@pytest.mark.parametrize(
    "spoof", ["created_by", "created_at", "recorded_by", "by_role", "org_path", "holder_id", "state", "version", "id"]
)
async def test_caller_cannot_choose_the_actor_of_a_record(school: StaffedUnit, spoof: str) -> None:
    """Primero's record_action took the acting user from the request."""
    assert_problem(await school.head.post(f"{API}/intakes", {**INTAKE, spoof: "x"}), 422, "extra_forbidden", "")


async def test_a_side_door_shows_no_more_than_the_front(world: World, school: StaffedUnit) -> None:
    """DHIS2-16678: counts and outliers covered units outside the scope of the lists."""
    neighbour = await world.client("b1.head")
    before = ok(await neighbour.get(f"{API}/incidents/counts"))
    intake = await school.head.create_intake()
    incident = ok(await school.head.incident(intake["incident_id"]))
    assert ok(await neighbour.get(f"{API}/incidents/counts")) == before
    for query in ({"code": incident["code"]}, {"unit_id": str(school.id)}):
        assert ok(await neighbour.get(f"{API}/incidents", params=query))["items"] == []


PAGES = ("incidents", "intakes", "clocks", "cases", "referrals", "notices", "escalations")


async def test_a_page_asks_as_often_for_twelve_rows_as_for_two(world: World) -> None:
    """DHIS2-24514 and ODK Central 1621: a query for each row, and small pages that cost as much as large ones."""
    bureau = await create_unit(world, "bureau", "department")
    school = await create_unit(world, under=bureau.id)
    for _ in range(12):
        await one_of_each(world, school)
    await escalate_overdue_clocks(world)
    for what in PAGES:
        few, many = [await asked_for(world, bureau.officer, what, limit) for limit in (2, 12)]
        assert few == many <= 8, what


async def one_of_each(world: World, school: StaffedUnit) -> None:
    """A case that missed its clocks long ago, with a child, a referral, and somebody to share it with."""
    long_ago = (time.utc_now() - timedelta(hours=25)).isoformat()
    incident_id = (await school.head.create_intake(received_at=long_ago, children=[{"estimated_age": 9}]))[
        "incident_id"
    ]
    path = f"{API}/incidents/{incident_id}"
    (child,) = ok(await school.head.get(f"{path}/persons"))
    ok(await school.head.post(f"{path}/cases", {"person_id": child["id"]}), 201)
    await create_referral(school.head, incident_id)
    ok(await share_incident(school.head, incident_id, 2, grantee_unit_id=world.units["agency"]), 201)


async def asked_for(world: World, client: Client, what: str, limit: int) -> int:
    """The number of statements for a full page of `limit` rows, with shared data in memory.

    The least of several: now and then a session's last use is written too.
    """
    numbers = []
    for _ in range(3):
        with sent(world) as heard:
            page = ok(await client.get(f"{API}/{what}", params={"limit": limit}))
        assert len(page["items"]) == limit, what
        numbers.append(len(heard))
    return min(numbers)


@pytest.mark.parametrize("limit", ["-1", "0", "501", "9" * 30, "1e3", "", "all"])
async def test_no_page_size_opens_the_whole_table(school: StaffedUnit, limit: str) -> None:
    """Dispatch 2213: a page of -1 rows was the whole table."""
    answer = await school.head.get(f"{API}/incidents", params={"limit": limit})
    assert answer.status_code == 422, answer.text


async def test_a_full_page_says_that_there_is_more(school: StaffedUnit) -> None:
    """Ed-Fi 516: a default page cut the rest off without a word."""
    for _ in range(3):
        await school.head.create_intake()
    found: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = ok(await school.head.get(f"{API}/incidents", params=query))
        found += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert len(page["items"]) == 2
    assert len(found) == len(set(found)) == 3


async def test_one_key_in_parallel_makes_one_record(school: StaffedUnit) -> None:
    """CommCare's cases API made two of one external id that came twice at once."""

    async def take() -> int:
        answer = await school.head.post(f"{API}/intakes", INTAKE, headers={"Idempotency-Key": "song-song-1"})
        return answer.status_code

    statuses = await asyncio.gather(*(take() for _ in range(8)))
    assert set(statuses) <= {201, 409, 503}
    assert len(ok(await school.head.get(f"{API}/incidents"))["items"]) == 1


async def test_crossing_locks_end_in_answers(world: World, school: StaffedUnit) -> None:
    """DHIS2-6133: two requests that locked the same rows in another order killed each other."""
    first, second = [(await school.head.create_intake())["incident_id"] for _ in range(2)]

    async def both(client: Client, *incidents: str) -> list[int]:
        return [
            (await share_incident(client, each, 1, grantee_unit_id=world.units["agency"])).status_code
            for each in incidents
        ]

    rounds = [both(school.head, first, second), both(school.head, second, first)] * 3
    answers = [status for done in await asyncio.gather(*rounds) for status in done]
    assert set(answers) <= {201, 503}
    assert answers.count(201) >= 6


async def test_text_is_found_however_it_is_composed(world: World, school: StaffedUnit) -> None:
    """Dispatch searched ASCII only; others missed what macOS types: "ế" as one sign or as three."""
    for query in ("trường", "tru\u031bo\u031b\u0300ng"):
        found = ok(await world.anonymous.get(f"{API}/public/units", params={"q": query}))
        assert found, ascii(query)
    assert school.id


async def test_a_lost_receipt_harms_nothing(world: World) -> None:
    """GlobaLeaks 4865: a receipt is shown once and lost. The report is processed, and may be sent again."""
    bureau = await create_unit(world, "bureau", "department")
    school = await create_unit(world, under=bureau.id)
    head = school.head
    form = {"unit_id": str(school.id), "group": "school_violence"}
    await create_public_intake(world, **form, narrative="Bịa: lần kể đầu", children=[{"name": "Bé Bịa"}])
    (lost,) = await waiting(head)
    await a_day_passes(world)
    (escalation,) = ok(await bureau.officer.get(f"{API}/escalations"))["items"]
    assert (escalation["intake_id"], escalation["from_unit_id"]) == (lost, str(school.id))
    incident_id = ok(await head.post(f"{API}/intakes/{lost}/incident"), 201)["id"]

    again = await create_public_intake(world, **form, narrative="Bịa: kể lại vì mất biên nhận")
    (second,) = await waiting(head)
    ok(await head.post(f"{API}/intakes/{second}/link", {"incident_id": incident_id}))
    narratives = [ok(await head.get(f"{API}/intakes/{each}"))["content"]["narrative"] for each in (lost, second)]
    assert narratives == ["Bịa: lần kể đầu", "Bịa: kể lại vì mất biên nhận"]
    incident = ok(await head.incident(incident_id))
    assert (incident["intake_count"], incident["summary"]) == (2, "Bịa: lần kể đầu")
    (person,) = ok(await head.get(f"{API}/incidents/{incident_id}/persons"))
    assert person["name"] == "Bé Bịa"

    receipt = {"receipt": again["receipt"]}
    ok(await transition(head, f"{API}/incidents/{incident_id}", "acknowledge"))
    assert ok(await world.anonymous.post(f"{API}/public/receipts/status", receipt))["state"] == "in_progress"
    ok(await write_by_receipt(world, again["receipt"], "Bịa: em kể thêm"), 201)
    (message,) = ok(await head.get(f"{API}/intakes/{second}/messages"))
    assert message["text"] == "Bịa: em kể thêm"


async def waiting(client: Client) -> list[str]:
    """The intakes that opened and joined nothing yet."""
    return [each["id"] for each in ok(await client.get(f"{API}/intakes", params={"linked": False}))["items"]]


async def a_day_passes(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        work.now += timedelta(hours=25)
        await escalate_overdue(work)
        await work.commit()
