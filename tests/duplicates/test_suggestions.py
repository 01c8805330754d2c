"""Suggested duplicates: explained field by field, among what the caller may see. All of it is invented."""

from datetime import date, timedelta
from typing import Any

import pytest

from app.core.time import today
from app.services.duplicates.scoring import RULES, WEIGHTS, EventFacts, compare, total
from tests.factories.http import API, assert_problem, ok
from tests.factories.sharing import share_incident
from tests.factories.statements import sent
from tests.factories.units import create_unit
from tests.world import Client, World

TODAY = today()
FORM: dict[str, Any] = {
    "occurred_on": (TODAY - timedelta(days=3)).isoformat(),
    "forms": ["physical_violence"],
    "location": "in_class",
    "children": [{"sex": "female", "estimated_age": 12}],
}


async def incident(client: Client, **fields: object) -> str:
    return str((await client.create_intake(**{**FORM, **fields}))["incident_id"])


async def similar(client: Client, incident_id: str) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in ok(await client.get(f"{API}/incidents/{incident_id}/similar"))}


def verdicts(found: dict[str, Any]) -> dict[str, str]:
    return {each["field"]: each["verdict"] for each in found["fields"]}


def test_the_weights_are_of_every_rule_and_make_one() -> None:
    assert set(WEIGHTS) == set(RULES)
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def test_full_agreement_scores_one_and_unknown_scores_zero() -> None:
    one = EventFacts(
        date(2026, 1, 1), "/a/b/", "g", "l", frozenset({"f"}), (("victim", "pupil", "male"),), (9,), frozenset({"x"})
    )
    other = EventFacts(one.day, one.unit, one.group, one.location, one.forms, one.persons, one.ages, frozenset({"y"}))
    assert total(compare(one, other)) == pytest.approx(1)
    assert total(compare(one, EventFacts())) == 0
    assert {each.verdict for each in compare(one, EventFacts())} == {"unknown"}


async def test_each_field_says_whether_it_agrees(world: World) -> None:
    school = await create_unit(world)
    one = await incident(school.head, source_channel="in_person")
    other = await incident(school.head, source_channel="parent", location=None, forms=["online_violence"])
    found = (await similar(school.head, one))[other]
    assert verdicts(found) == {
        "date": "agree",
        "unit": "agree",
        "forms": "differ",
        "persons": "agree",
        "group": "agree",
        "location": "unknown",
        "channels": "agree",
    }
    assert found["score"] == pytest.approx(sum(each["score"] * each["weight"] for each in found["fields"]))


async def test_the_likeliest_come_first_and_what_is_far_in_time_not_at_all(world: World) -> None:
    school = await create_unit(world)
    one, alike = await incident(school.head), await incident(school.head)
    less = await incident(school.head, forms=["theft_robbery"], children=[{"sex": "male", "estimated_age": 17}])
    far = await incident(school.head, occurred_on=(TODAY - timedelta(days=60)).isoformat())
    found = await similar(school.head, one)
    assert list(found) == [alike, less]
    assert far not in found


async def test_suggestion_requires_access_to_both(world: World) -> None:
    bureau = await create_unit(world, "bureau", "department")
    one, other = await create_unit(world, under=bureau.id), await create_unit(world, under=bureau.id)
    mine, theirs = await incident(one.head), await incident(other.head)
    assert theirs in await similar(bureau.officer, mine)
    assert await similar(one.head, mine) == {}
    assert_problem(await one.head.get(f"{API}/incidents/{theirs}/similar"), 404, "not_found")


async def test_what_is_shared_by_its_facts_is_compared_by_its_facts(world: World) -> None:
    bureau = await create_unit(world, "bureau", "department")
    one, other = await create_unit(world, under=bureau.id), await create_unit(world, under=bureau.id)
    mine, theirs = await incident(one.head), await incident(other.head)
    ok(await share_incident(other.head, theirs, 1, grantee_unit_id=one.id), 201)
    found = verdicts((await similar(one.head, mine))[theirs])
    assert (found["persons"], found["channels"], found["forms"]) == ("unknown", "unknown", "agree")


async def test_merged_incident_is_not_suggested(world: World) -> None:
    school = await create_unit(world)
    one, other = await incident(school.head), await incident(school.head)
    tags = [(await school.head.incident(i)).headers["ETag"] for i in (one, other)]
    body = {"incident_id": other, "etag": tags[1], "reason": "Bịa"}
    ok(await school.head.post(f"{API}/incidents/{one}/merges", body, headers={"If-Match": tags[0]}), 201)
    assert await similar(school.head, one) == {}
    assert await similar(school.head, other) == {}


async def test_unopened_intake_finds_its_incident(world: World) -> None:
    school = await create_unit(world)
    existing = await incident(school.head)
    intake = await school.counsellor.create_intake(**FORM, source_channel="parent", open_incident=False)
    found = ok(await school.counsellor.get(f"{API}/intakes/{intake['id']}/similar"))
    assert [each["id"] for each in found] == [existing]
    assert "differ" not in verdicts(found[0]).values()
    body = {"incident_id": existing}
    ok(await school.counsellor.post(f"{API}/intakes/{intake['id']}/link", body))
    assert ok(await school.counsellor.get(f"{API}/intakes/{intake['id']}/similar")) == []
    outsider = await create_unit(world)
    assert_problem(await outsider.head.get(f"{API}/intakes/{intake['id']}/similar"), 404, "not_found")


async def test_the_queries_do_not_grow_with_what_is_found(world: World) -> None:
    school = await create_unit(world)
    one = await incident(school.head)
    await incident(school.head)
    few = await asked_for(world, school.head, one, 1)
    for _ in range(5):
        await incident(school.head)
    assert await asked_for(world, school.head, one, 6) == few


async def asked_for(world: World, client: Client, incident_id: str, found: int) -> int:
    """The number of statements for what is similar, with shared data in memory."""
    for _ in range(2):
        with sent(world) as statements:
            assert len(await similar(client, incident_id)) == found
    return len(statements)
