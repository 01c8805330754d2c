"""Discipline: by the measures of the day of the decision, for pupils who took part, withdrawn but never lost."""

import pytest

from tests.factories.cases import create_discipline, discipline_form
from tests.factories.http import API, assert_problem, ok, read_etag
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit
from tests.world import World


async def accused(school: StaffedUnit, **person: object) -> tuple[str, str]:
    """An incident and a person in it, by default the pupil responsible."""
    incident_id = (await school.head.create_intake())["incident_id"]
    body = {"role": "perpetrator", "kind": "pupil", "name": "Em Bịa"} | person
    return incident_id, ok(await school.head.post(f"{API}/incidents/{incident_id}/persons", body), 201)["id"]


@pytest.mark.parametrize(
    ("code", "level", "day", "fault"),
    [
        ("expulsion_week", None, "2025-10-30", None),
        ("expulsion_week", None, "2025-10-31", "/measure"),
        ("criticism", "level_1", "2025-10-31", None),
        ("criticism", None, "2025-10-30", "/measure"),
        ("expulsion_week", "level_1", "2025-10-30", "/level"),
    ],
)
async def test_a_measure_is_one_of_its_day(
    school: StaffedUnit, code: str, level: str | None, day: str, fault: str | None
) -> None:
    """Circular 19/2025 replaced the measures of 1988 on 31 October 2025, and brought the levels."""
    incident_id, person_id = await accused(school)
    body = discipline_form(person_id, measure=code, level=level, decided_on=day)
    answer = await school.head.post(f"{API}/incidents/{incident_id}/disciplines", body)
    if fault is None:
        assert ok(answer, 201)["measure"] == code
    else:
        assert_problem(answer, 422, "unknown_code", fault)


@pytest.mark.parametrize("person", [{"role": "victim"}, {"role": "witness"}, {"kind": "parent"}, {"kind": "outsider"}])
async def test_only_a_participating_pupil_is_disciplined(school: StaffedUnit, person: dict[str, str]) -> None:
    incident_id, person_id = await accused(school, **person)
    answer = await school.head.post(f"{API}/incidents/{incident_id}/disciplines", discipline_form(person_id))
    assert_problem(answer, 422, "not_disciplined", "/person_id")


async def test_a_person_of_another_incident_is_not_found(school: StaffedUnit) -> None:
    incident_id, _ = await accused(school)
    _, elsewhere = await accused(school)
    assert_problem(
        await school.head.post(f"{API}/incidents/{incident_id}/disciplines", discipline_form(elsewhere)),
        404,
        "not_found",
    )


async def test_withdrawn_measure_stays_visible_and_is_withdrawn_once(school: StaffedUnit) -> None:
    incident_id, person_id = await accused(school)
    found = await create_discipline(school.head, incident_id, person_id)
    path = f"{API}/disciplines/{found['id']}"
    headers = {"If-Match": await read_etag(school.head, path)}
    lifted = ok(await school.head.post(f"{path}/withdrawal", {"reason": "Nhầm người (bịa)"}, headers=headers))
    assert lifted["withdrawal"] == "Nhầm người (bịa)"
    assert_problem(await school.head.post(f"{path}/withdrawal", {"reason": "Bịa"}, headers=headers), 412, "stale")
    again = {"If-Match": await read_etag(school.head, path)}
    assert_problem(await school.head.post(f"{path}/withdrawal", {"reason": "Bịa"}, headers=again), 409, "wrong_state")
    listed = ok(await school.head.get(f"{API}/incidents/{incident_id}/disciplines"))
    assert [each["withdrawn_at"] is not None for each in listed] == [True]
    kinds = [event["kind"] for event in ok(await school.head.get(f"{API}/incidents/{incident_id}/timeline"))]
    assert kinds[-2:] == ["discipline_recorded", "discipline_withdrawn"]


async def test_readable_by_the_subtree_and_by_grant_tier(world: World, school: StaffedUnit) -> None:
    incident_id, person_id = await accused(school)
    found = await create_discipline(school.head, incident_id, person_id)
    path = f"{API}/disciplines/{found['id']}"
    bureau, neighbour = await world.client("phong_a.officer"), await world.client("b1.head")
    assert ok(await bureau.get(path))["note"] == "Bịa"
    assert_problem(await neighbour.get(path), 404, "not_found")
    partner = await world.client("congan.partner")
    assert_problem(await partner.get(path), 404, "not_found")
    ok(await share_incident(school.head, incident_id, 2, grantee_unit_id=world.units["agency"]), 201)
    shown = ok(await partner.get(path))
    assert (shown["measure"], shown["note"], shown["masked"]) == ("criticism", None, _masked())
    assert_problem(
        await partner.post(f"{path}/withdrawal", {"reason": "Bịa"}, headers={"If-Match": '"1.2"'}), 403, "forbidden"
    )


def _masked() -> list[str]:
    return ["decision_number", "note", "withdrawal"]
