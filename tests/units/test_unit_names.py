"""The name of a unit stands beside its id in every answer."""

from collections.abc import Iterator

import pytest

from app.api.http.unit_names import naming_units
from app.core.time import today
from app.schemas.accounts.users import UserOut
from app.schemas.base import Out
from tests.factories.cases import set_severity
from tests.factories.child_cases import open_child_cases
from tests.factories.http import API, list_items, ok, read_etag
from tests.factories.statements import sent
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

# Ids of units in a body, or of a unit whose name the record has as its own.
ALONE = {("UnitCountOut", "unit_id"), ("NamedUnitOut", "unit_id")}
STEMS = ("unit", "holder", "agency", "parent")


def answers(base: type[Out] = Out) -> Iterator[type[Out]]:
    for out in base.__subclasses__():
        yield out
        yield from answers(out)


def test_every_answer_with_the_id_of_a_unit_has_its_name() -> None:
    named = {
        (out.__name__, name)
        for out in answers()
        for name in out.model_fields
        if name.endswith(tuple(f"{stem}_id" for stem in STEMS))
    }
    nameless = {
        (out.__name__, name)
        for out in answers()
        for name in out.model_fields
        if (out.__name__, name) in named and f"{name.removesuffix('_id')}_name_vi" not in out.model_fields
    }
    assert ("IncidentOut", "holder_id") in named
    assert nameless == ALONE


async def name_of(client: Client, unit_id: object) -> str:
    return str(ok(await client.get(f"{API}/units/{unit_id}"))["name_vi"])


async def test_lists_and_records_say_the_name(world: World, school: StaffedUnit, bureau_a: Client) -> None:
    incident_id, _ = await open_child_cases(school)
    name = await name_of(school.head, school.id)
    for reader in (school.head, bureau_a):
        for what in ("incidents", "intakes"):
            (row,) = await list_items(reader, what, unit_id=str(school.id))
            assert (row["unit_name_vi"], row["holder_name_vi"], row["unit_name_en"]) == (name, name, None)
        persons = ok(await reader.get(f"{API}/incidents/{incident_id}/persons"))
        assert {person["unit_name_vi"] for person in persons} == {name}
        clocks = await list_items(reader, "clocks", unit_id=str(school.id))
        assert {clock["unit_name_vi"] for clock in clocks} == {name}
    stranger = await create_unit(world)
    assert await list_items(stranger.head, "incidents", unit_id=str(school.id)) == []


async def test_an_account_says_the_name_of_its_unit(school: StaffedUnit, bureau_a: Client) -> None:
    for caller in (school.head, bureau_a):
        account = ok(await caller.get(f"{API}/auth/me"))
        assert account["unit_name_vi"] == await name_of(caller, account["unit_id"])


def test_an_answer_that_names_units_needs_a_unit_of_work() -> None:
    async def named() -> list[UserOut]:
        return []

    with pytest.raises(TypeError, match="named"):
        naming_units(named)


async def test_acts_answer_with_the_name(school: StaffedUnit) -> None:
    incident_id = (await school.head.create_intake())["incident_id"]
    ok(await set_severity(school.head, incident_id, "low"), 201)
    path = f"{API}/incidents/{incident_id}"
    headers = {"If-Match": await read_etag(school.head, path)}
    moved = ok(await school.head.post(f"{path}/transitions", {"action": "acknowledge"}, headers=headers))
    assert moved["holder_name_vi"] == await name_of(school.head, school.id)


async def test_who_may_not_read_the_unit_reads_no_name(world: World, school: StaffedUnit) -> None:
    incident_id, _ = await open_child_cases(school)
    auditor = await world.client("so.auditor")
    persons = ok(await auditor.get(f"{API}/incidents/{incident_id}/persons"))
    assert persons
    assert {(person["unit_id"], person["unit_name_vi"]) for person in persons} == {(None, None)}


async def test_a_new_name_is_shown_at_once(school: StaffedUnit, administrator: Client) -> None:
    await school.head.create_intake()
    ok(await school.head.get(f"{API}/incidents"))
    path = f"{API}/units/{school.id}"
    body = {"name_vi": f"Tên mới {school.id}", "effective_on": today().isoformat(), "decision_number": "3/QĐ-MẪU"}
    headers = {"If-Match": await read_etag(administrator, path)}
    ok(await administrator.post(f"{path}/versions", body, headers=headers), 201)
    (row,) = await list_items(school.head, "incidents")
    assert row["unit_name_vi"] == body["name_vi"]


async def test_names_cost_one_statement_for_all_units_and_then_none(world: World, department: Client) -> None:
    if world.engine == "sqlite":
        pytest.skip("SQLite reads by an engine of its own")
    for _ in range(3):
        await (await create_unit(world)).head.create_intake()
    counts = []
    for _ in range(2):
        with sent(world) as statements:
            ok(await department.get(f"{API}/incidents", params={"limit": 3}))
        counts.append(sum("unit_version" in each for each in statements))
    assert counts == [1, 0]
