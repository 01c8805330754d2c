"""A person of an incident is linked to a learner under the case's key, and nothing of the learner says so."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update

from app.core.vocabulary import Dimension
from app.models.audit import AuditEntry
from app.models.cases.incidents import IncidentPerson
from app.security.access.scope import ALL
from tests.factories.figures import Asked, asking, count_cells, count_figures, count_one, create_event, list_overlaps
from tests.factories.http import API, assert_problem, ok, read_etag
from tests.factories.learners import YEAR, Pupil, create_class, create_pupil, guardian, write
from tests.factories.privacy import create_ended_case, destroy_due_records, set_retention_periods
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

CHILD = {"sex": "female", "estimated_age": 11}
LAST_YEAR = "2026-03-02"


async def person_of(client: Client, incident_id: str) -> dict[str, Any]:
    (person,) = ok(await client.get(f"{API}/incidents/{incident_id}/persons"))
    found: dict[str, Any] = person
    return found


async def link(client: Client, incident_id: str, learner_id: str | None, **more: object) -> httpx.Response:
    path = f"{API}/incidents/{incident_id}/persons/{(await person_of(client, incident_id))['id']}"
    return await client.patch(path, {"learner_id": learner_id, **more}, await read_etag(client, path))


async def digest_of(world: World, incident_id: str) -> str | None:
    async with world.runtime.work(ALL, write=False) as work:
        query = select(IncidentPerson.learner_digest).where(IncidentPerson.incident_id == UUID(incident_id))
        found: str | None = (await work.session.scalars(query)).one()
        return found


async def everything_of(reader: Client, pupil: Pupil) -> list[tuple[bytes, str | None]]:
    """Every answer about a learner, with its tag."""
    since = {"updated_since": "2026-01-01T00:00:00Z"}
    answers = [await reader.get(f"{pupil.path}{part}") for part in ("", "/identifiers", "/guardians", "/enrolments")]
    answers += [await reader.get(f"{API}/learners", params=asked) for asked in ({}, since, {"school_year": YEAR})]
    answers.append(await reader.get(f"{API}/learner-counts", params={"school_year": YEAR}))
    answers.append(await reader.post(f"{API}/learners/search", {"name": "bia"}))
    return [(answer.content, answer.headers.get("ETag")) for answer in answers if answer.status_code == 200]


@pytest.fixture
async def bureau(world: World) -> StaffedUnit:
    return await create_unit(world, "bureau", "department")


@pytest.fixture
async def school(world: World, bureau: StaffedUnit) -> StaffedUnit:
    return await create_unit(world, under=bureau.id)


async def enrol(school: StaffedUnit) -> Pupil:
    pupil = await create_pupil(school.officer, (await create_class(school.officer))["id"])
    ok(await write(school.officer, pupil.id, "guardians", guardian()), 201)
    return pupil


async def test_case_staff_of_the_learners_school_link_a_person(
    world: World, bureau: StaffedUnit, school: StaffedUnit
) -> None:
    other = await create_unit(world, under=bureau.id)
    ours, theirs = await enrol(school), await enrol(other)
    incident_id = await create_event(school.head, children=[CHILD])
    assert_problem(await link(school.head, incident_id, theirs.id), 422, "unknown_record", "/learner_id")
    assert_problem(await link(bureau.head, incident_id, ours.id), 422, "unknown_record", "/learner_id")
    assert (await digest_of(world, incident_id), (await person_of(school.head, incident_id))["learner_id"]) == (
        None,
    ) * 2
    linked = ok(await link(school.counsellor, incident_id, ours.id))
    digest = await digest_of(world, incident_id)
    assert linked["learner_id"] == ours.id
    assert digest is not None
    for reader in (school.officer, bureau.officer):
        assert (await person_of(reader, incident_id))["learner_id"] == ours.id
        shown = await reader.get(f"{API}/incidents/{incident_id}/persons")
        assert digest not in shown.text
    assert_problem(await other.head.get(f"{API}/incidents/{incident_id}/persons"), 404, "not_found")
    assert_problem(await link(school.head, incident_id, ours.id, kind="outsider"), 422, "no_pupil", "/learner_id")
    assert ok(await link(school.head, incident_id, None))["learner_id"] is None
    assert await digest_of(world, incident_id) is None


async def test_every_answer_about_a_learner_is_the_same_with_a_case_and_without(
    world: World, bureau: StaffedUnit, school: StaffedUnit
) -> None:
    pupil = await enrol(school)
    readers = (school.head, school.counsellor, bureau.head)
    before = [await everything_of(reader, pupil) for reader in readers]
    ok(await link(school.head, await create_event(school.head, children=[CHILD]), pupil.id))
    ok(await link(school.head, await create_event(school.head, children=[CHILD]), pupil.id))
    assert [await everything_of(reader, pupil) for reader in readers] == before
    assert [len(each) for each in before] == [9, 9, 5]
    async with world.runtime.work(ALL, write=False) as work:
        bodies = await work.session.scalars(select(AuditEntry.body).where(AuditEntry.body.contains("incident_person")))
        assert [body for body in bodies if pupil.id in body] == []


async def test_digest_is_of_the_school_year_of_the_event_and_ends_with_the_case(
    world: World, school: StaffedUnit
) -> None:
    pupil = await enrol(school)
    first, second = [await create_event(school.head, children=[CHILD]) for _ in range(2)]
    for incident_id in (first, second):
        ok(await link(school.head, incident_id, pupil.id))
    this_year = await digest_of(world, first)
    assert this_year == await digest_of(world, second)
    path = f"{API}/incidents/{first}"
    ok(await school.head.patch(path, {"occurred_on": LAST_YEAR}, await read_etag(school.head, path)))
    assert await digest_of(world, first) not in {None, this_year}
    ended = await create_ended_case(school)
    async with world.runtime.work(ALL) as work:
        of_case = IncidentPerson.incident_id == UUID(ended.incident_id)
        await work.session.execute(update(IncidentPerson).where(of_case).values(learner_digest=this_year))
        await work.commit()
    await set_retention_periods(world)
    await destroy_due_records(world)
    assert await digest_of(world, ended.incident_id) is None


async def test_a_learner_counts_once_at_the_school_and_above_and_an_unlinked_pupil_in_each_event(
    world: World, bureau: StaffedUnit, school: StaffedUnit
) -> None:
    other, pupil = await create_unit(world, under=bureau.id), await enrol(school)
    events = [await create_event(school.head, children=[CHILD], accused=[]) for _ in range(3)]
    for incident_id in events[:2]:
        ok(await link(school.head, incident_id, pupil.id))
    asked = Asked(school.id)
    assert await count_one(school.head, asked, "persons_violence") == 2
    assert await count_cells(school.head, asked, "persons_violence", Dimension.ROLE) == {"victim": 2}
    elsewhere, digest = await create_event(other.head, children=[CHILD]), await digest_of(world, events[0])
    async with world.runtime.work(ALL) as work:
        same = update(IncidentPerson).where(IncidentPerson.incident_id == UUID(elsewhere))
        await work.session.execute(same.values(learner_digest=digest))
        await work.commit()
    wanted = asking("persons_violence", Dimension.ROLE, roll_up="distinct")
    above = Asked(bureau.id, below=[school.id, other.id])
    assert await list_overlaps(bureau.officer, above, wanted) == {("X", ""): 1, ("X", "role=victim"): 1}
    assert (await count_figures(bureau.officer, replace(above, below=()), wanted))["X", ""] == (2, None)
    assert await list_overlaps(bureau.officer, Asked(bureau.id), wanted) == {}
