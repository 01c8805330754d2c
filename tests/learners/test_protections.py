"""Protected learners: the department says so, and to others a look-up reads as one of nobody. All invented."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.time import today, utc_now
from tests.factories.http import API, assert_problem, list_items, ok, read_etag
from tests.factories.learners import create_learner, guardian, write
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

LOOKUPS, PROTECTIONS = f"{API}/learner-lookups", f"{API}/learner-protections"
REASON = {"reason": "Xác minh theo công văn 12 (bịa)"}
NUMBERS = iter(range(100000, 999999))


@pytest.fixture
async def line(world: World) -> tuple[StaffedUnit, StaffedUnit, Client]:
    bureau = await create_unit(world, "bureau", "department")
    return bureau, await create_unit(world, under=bureau.id), await world.client("so.head")


async def look_up(client: Client, number: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = ok(await client.post(LOOKUPS, number | REASON), 201)
    return found


async def kinds(client: Client, what: str = "notices") -> list[str]:
    return [each["kind"] for each in await list_items(client, what)]


def without_marks(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name not in {"id", "code", "looked_up_at"}}


@pytest.mark.parametrize("by", ["mark", "guardian"])
async def test_a_look_up_of_a_protected_child_reads_as_one_of_nobody_and_goes_to_the_department(
    line: tuple[StaffedUnit, StaffedUnit, Client], by: str
) -> None:
    bureau, school, department = line
    number = {"kind": "personal_number", "value": f"083215{next(NUMBERS)}"}
    made = await create_learner(school.officer, identifiers=[number])
    if by == "mark":
        body = {"learner_id": made["id"], "valid_from": today().isoformat(), "decision_number": "9/QĐ-MẪU"}
        ok(await department.post(PROTECTIONS, body), 201)
        assert_problem(await department.post(PROTECTIONS, body), 409, "duplicate")
    else:
        ok(await write(school.officer, made["id"], "guardians", guardian(may_know_whereabouts=False)), 201)
    before = await kinds(department)
    found = await look_up(bureau.officer, number)
    nobody = await look_up(bureau.officer, {**number, "value": "083215000000"})
    assert without_marks(found) == without_marks(nobody)
    assert "learner_looked_up" not in await kinds(school.head)
    assert (await kinds(department)).count("protected_learner_looked_up") == before.count(
        "protected_learner_looked_up"
    ) + 1
    assert [each["learner_id"] for each in (await look_up(department, number))["found"]] == [made["id"]]


async def test_a_record_that_is_marked_reads_as_before_to_everybody_at_its_school(
    line: tuple[StaffedUnit, StaffedUnit, Client],
) -> None:
    _, school, department = line
    made = await create_learner(school.officer)
    path, since = f"{API}/learners/{made['id']}", utc_now().isoformat()
    before = ok(await school.officer.get(path))
    body = {"learner_id": made["id"], "valid_from": today().isoformat(), "decision_number": "9/QĐ-MẪU"}
    mark = ok(await department.post(PROTECTIONS, body), 201)
    assert ok(await school.officer.get(path)) == before
    headers = {"If-Match": await read_etag(department, f"{PROTECTIONS}/{mark['id']}")}
    end = {"valid_to": today().isoformat()}
    ok(await department.post(f"{PROTECTIONS}/{mark['id']}/end", end, headers=headers))
    assert ok(await school.officer.get(path)) == before
    changed = ok(await school.officer.get(f"{API}/learners", params={"updated_since": since}))
    assert (changed["items"], changed["left"]) == ([], [])


async def test_a_mark_is_dated_of_the_department_alone_and_its_head_hears_of_it(
    line: tuple[StaffedUnit, StaffedUnit, Client],
) -> None:
    bureau, school, department = line
    number = {"kind": "personal_number", "value": f"083215{next(NUMBERS)}"}
    made = await create_learner(school.officer, identifiers=[number])
    path = f"{API}/learners/{made['id']}"
    tag = await read_etag(school.head, path)
    body = {"learner_id": made["id"], "valid_from": today().isoformat(), "decision_number": "9/QĐ-MẪU"}
    for client in (bureau.head, school.head):
        assert_problem(await client.post(PROTECTIONS, body), 403, "forbidden")
        assert_problem(await client.get(PROTECTIONS), 403, "forbidden")
    unknown = {**body, "learner_id": "01994c2a-7b1e-7c00-8000-0000000000a3"}
    assert_problem(await department.post(PROTECTIONS, unknown), 422, "unknown_record", "/learner_id")
    mark = ok(await department.post(PROTECTIONS, body), 201)
    assert (mark["school_id"], mark["valid_to"]) == (str(school.id), None)
    assert await kinds(school.head, "personal-notices") == ["learner_protection_set"]
    assert await kinds(school.officer, "personal-notices") == []
    assert await read_etag(school.head, path) == tag
    end = f"{PROTECTIONS}/{mark['id']}/end"
    headers = {"If-Match": await read_etag(department, f"{PROTECTIONS}/{mark['id']}")}
    early = {"valid_to": (today() - timedelta(days=1)).isoformat()}
    assert_problem(await department.post(end, early, headers=headers), 422, "wrong_period", "/valid_to")
    ok(await department.post(end, {"valid_to": today().isoformat()}, headers=headers))
    assert [each["learner_id"] for each in (await look_up(bureau.officer, number))["found"]] == [made["id"]]
    assert mark["id"] in {each["id"] for each in await list_items(department, "learner-protections")}
