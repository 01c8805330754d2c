"""What reports count of a person: age band, school level, grade, injury. The band follows a known age."""

from typing import Any

import pytest

from tests.factories.http import API, assert_problem, ok, read_etag
from tests.factories.units import StaffedUnit
from tests.world import Client, World

FIGURES = {"school_level": "lower_secondary", "grade": "7", "injury_outcome": "first_aid"}
PATH = f"{API}/incidents/{{}}/persons"


async def incident_of(school: StaffedUnit, **form: object) -> str:
    return str((await school.head.create_intake(**form))["incident_id"])


async def only_person(client: Client, incident_id: str) -> dict[str, Any]:
    (person,) = ok(await client.get(PATH.format(incident_id)))
    found: dict[str, Any] = person
    return found


async def change(client: Client, incident_id: str, **fields: object) -> dict[str, Any]:
    path = f"{PATH.format(incident_id)}/{(await only_person(client, incident_id))['id']}"
    found: dict[str, Any] = ok(await client.patch(path, fields, await read_etag(client, path)))
    return found


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (5, "under_6"),
        (6, "6_10"),
        (10, "6_10"),
        (11, "11_14"),
        (14, "11_14"),
        (15, "15_18"),
        (18, "15_18"),
        (19, "adult"),
        (None, None),
    ],
)
async def test_band_is_that_of_an_estimated_age(school: StaffedUnit, age: int | None, band: str | None) -> None:
    incident_id = await incident_of(school, children=[{"estimated_age": age}])
    assert (await only_person(school.head, incident_id))["age_band"] == band


async def test_band_is_that_of_the_day_of_the_event_and_follows_a_corrected_day(school: StaffedUnit) -> None:
    incident_id = await incident_of(school, occurred_on="2026-03-04", children=[{"birth_date": "2011-03-04"}])
    assert (await only_person(school.head, incident_id))["age_band"] == "15_18"
    path = f"{API}/incidents/{incident_id}"
    ok(await school.head.patch(path, {"occurred_on": "2026-03-03"}, await read_etag(school.head, path)))
    assert (await only_person(school.head, incident_id))["age_band"] == "11_14"


async def test_known_age_counts_before_a_typed_band_and_a_typed_one_serves_without(school: StaffedUnit) -> None:
    incident_id = await incident_of(school, children=[{"estimated_age": 12}])
    assert (await change(school.head, incident_id, age_band="15_18"))["age_band"] == "11_14"
    assert (await change(school.head, incident_id, estimated_age=None))["age_band"] is None
    assert (await change(school.head, incident_id, age_band="6_10"))["age_band"] == "6_10"
    assert (await change(school.head, incident_id, birth_date="2019-12-31"))["age_band"] != "15_18"


async def test_level_grade_and_injury_are_typed_and_cleared(school: StaffedUnit) -> None:
    incident_id = await incident_of(school, children=[{"sex": "female"}])
    changed = await change(school.head, incident_id, **FIGURES)
    assert {name: changed[name] for name in FIGURES} == FIGURES
    assert (await change(school.head, incident_id, grade=None))["grade"] is None
    added = ok(await school.head.post(PATH.format(incident_id), {"role": "witness", "kind": "pupil", **FIGURES}), 201)
    assert added["grade"] == "7"


@pytest.mark.parametrize("name", ["age_band", "school_level", "grade", "injury_outcome"])
async def test_code_of_no_list_is_refused(school: StaffedUnit, name: str) -> None:
    path = PATH.format(await incident_of(school, children=[{"sex": "male"}]))
    refused = await school.head.post(path, {"role": "victim", name: "13th"})
    assert_problem(refused, 422, "unknown_code", f"/{name}")


async def test_they_are_circumstances(world: World, school: StaffedUnit) -> None:
    incident_id = await incident_of(school, children=[{"estimated_age": 12}])
    await change(school.head, incident_id, **FIGURES)
    seen = await only_person(await world.client("so.auditor"), incident_id)
    assert all(seen[name] is None and name in seen["masked"] for name in ("age_band", *FIGURES))
