"""Intakes: Mẫu 01 of Decree 56/2017, complete or nearly empty, immutable, from staff or the public."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.repositories.intakes.intakes import IntakeRepository
from app.security.access.scope import ALL
from app.security.receipts.proof_of_work import ProofOfWork
from tests.factories.accounts import create_integration_client
from tests.factories.cases import count_incidents
from tests.factories.http import API, assert_problem, list_ids, ok
from tests.factories.intakes import create_public_intake
from tests.factories.units import StaffedUnit
from tests.world import Client, World

NOWHERE = "01900000-0000-7000-8000-000000000000"
CHILD = {
    "name": "Bé Bịa",
    "birth_date": "2015-03-04",
    "estimated_age": 11,
    "sex": "female",
    "class_name": "5A",
    "current_state": "Hoảng sợ, đã về nhà",
    "father": {"name": "Ông Bịa", "age": 40, "job": "Thợ hồ"},
    "mother": {"name": "Bà Bịa", "age": 38, "job": "Buôn bán"},
    "family_situation": "Ở với bà ngoại",
    "present_carer": "Bà ngoại",
}
MAU_01 = {
    "child_category": "abused",
    "group": "school_violence",
    "forms": ["physical_violence", "mental_violence"],
    "children": [CHILD],
    "accused": [{"kind": "pupil", "name": "Trò Bịa", "description": "Bạn cùng trường"}],
    "occurred_on": "2026-01-12",
    "occurred_at": "2026-01-12T03:30:00Z",
    "location": "school_gate",
    "place": "Cổng sau",
    "narrative": "Chuyện bịa: bị chặn đánh",
    "predicted_consequence": "Bỏ học",
    "actions_taken": "Đã đưa em vào phòng y tế",
    "informant": {
        "consent": True,
        "name": "Người Báo Bịa",
        "phone": "+84 900 000 000",
        "address": "Xã Bịa",
        "relation": "Hàng xóm",
    },
}
STAFF_ONLY = {"received_place": "Văn phòng", "register_number": "07/SĐ", "officer_name": "Cô Trực Bịa"}


async def send(client: Client, **fields: object) -> httpx.Response:
    return await client.post(f"{API}/intakes", {"source_channel": "in_person", **fields})


async def test_every_field_of_the_form_is_stored_as_given(school: StaffedUnit, bureau_a: Client) -> None:
    form: dict[str, Any] = MAU_01 | {"children": [CHILD | {"unit_id": str(school.id)}]}
    sent = form | STAFF_ONLY | {"received_at": "2026-01-13T01:00:00Z", "unit_id": str(school.id)}
    created = ok(await send(school.head, **sent), 201)
    for reader in (school.head, bureau_a):
        intake = ok(await reader.get(f"{API}/intakes/{created['id']}"))
        assert intake["content"] == {k: v for k, v in (form | STAFF_ONLY).items() if k != "informant"}
        assert intake["has_informant"] is True
        assert intake["received_at"] == "2026-01-13T01:00:00Z"
        assert (intake["unit_id"], intake["source_channel"], intake["lane"]) == (str(school.id), "in_person", "staff")
    incident = ok(await school.head.incident(created["incident_id"]))
    assert {name: incident[name] for name in ("group", "forms", "location", "place", "occurred_on")} == {
        name: form[name] for name in ("group", "forms", "location", "place", "occurred_on")
    }
    assert incident["summary"] == form["narrative"]
    persons = ok(await school.head.get(f"{API}/incidents/{created['incident_id']}/persons"))
    assert [(p["role"], p["kind"], p["name"]) for p in persons] == [
        ("victim", "pupil", "Bé Bịa"),
        ("perpetrator", "pupil", "Trò Bịa"),
    ]


async def test_opening_the_informant_requires_a_reason_and_notifies_the_level_above(
    school: StaffedUnit, school_b1: Client, bureau_a: Client
) -> None:
    intake = ok(await send(school.head, **MAU_01), 201)
    path = f"{API}/intakes/{intake['id']}/informant"
    assert_problem(await school_b1.post(path, {"reason": "Tò mò"}), 404, "not_found")
    assert_problem(await school.head.post(path, {}), 422, "invalid")
    for reason in ("Cần gọi lại hỏi thêm (bịa)", "Mời làm việc (bịa)"):
        informant = ok(await school.head.post(path, {"reason": reason}))
        numbers = informant.pop("numbers")
        assert (informant, numbers) == (MAU_01["informant"], ["+84900000000"])
    looks = ok(await bureau_a.get(f"{path}/openings"))
    assert [(look["reason"], look["by_role"]) for look in looks] == [
        ("Cần gọi lại hỏi thêm (bịa)", "school_head"),
        ("Mời làm việc (bịa)", "school_head"),
    ]
    notices = ok(await bureau_a.get(f"{API}/notices", params={"limit": 500}))["items"]
    assert [n["data"]["intake_id"] for n in notices if n["kind"] == "informant_opened"].count(intake["id"]) == 2
    unnamed = ok(await send(school.head, narrative="Bịa"), 201)["id"]
    assert_problem(await school.head.post(f"{API}/intakes/{unnamed}/informant", {"reason": "x"}), 404, "not_found")


async def test_the_day_of_an_event_is_its_vietnamese_day(school: StaffedUnit) -> None:
    intake = await school.head.create_intake(occurred_at="2026-01-12T20:00:00Z")
    assert ok(await school.head.incident(intake["incident_id"]))["occurred_on"] == "2026-01-13"


async def test_nearly_empty_intake_is_accepted_and_empty_one_is_refused(school: StaffedUnit) -> None:
    intake = ok(await send(school.head, place="Cổng trường"), 201)
    assert ok(await school.head.incident(intake["incident_id"]))["group"] == "other"
    assert_problem(await send(school.head), 422, "nothing_told", "")
    assert_problem(await send(school.head, narrative=None, children=[], forms=[]), 422, "nothing_told", "")


async def test_informant_is_stored_only_with_consent(world: World, school: StaffedUnit) -> None:
    informant = {"consent": False, "name": "Không Muốn Nêu"}
    assert_problem(
        await send(school.head, narrative="Bịa", informant=informant), 422, "consent_required", "/informant/consent"
    )
    public = await world.anonymous.post(f"{API}/public/intakes", {"narrative": "Bịa", "informant": informant})
    assert_problem(public, 422, "consent_required", "/informant/consent")


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"group": "nonsense"}, "/group", "unknown_code"),
        ({"forms": ["physical_violence", "nonsense"]}, "/forms/1", "unknown_code"),
        ({"location": "nonsense"}, "/location", "unknown_code"),
        ({"child_category": "nonsense"}, "/child_category", "unknown_code"),
        ({"source_channel": "nonsense"}, "/source_channel", "unknown_code"),
        ({"children": [{"sex": "nonsense"}]}, "/children/0/sex", "unknown_code"),
        ({"accused": [{"kind": "nonsense"}]}, "/accused/0/kind", "unknown_code"),
        ({"unit_id": NOWHERE}, "/unit_id", "unknown_unit"),
        ({"accused": [{"kind": "staff", "unit_id": NOWHERE}]}, "/accused/0/unit_id", "unknown_unit"),
        ({"accused": [{"kind": "pupil", "unit_id": NOWHERE}]}, "/accused/0/unit_id", "unknown_unit"),
        ({"children": [{}, {"unit_id": NOWHERE}]}, "/children/1/unit_id", "unknown_unit"),
    ],
)
async def test_a_code_or_unit_that_is_not_known_is_named(
    world: World, school: StaffedUnit, wrong: dict[str, object], pointer: str, code: str
) -> None:
    assert_problem(await send(school.head, **{"narrative": "Bịa", **wrong}), 422, code, pointer)
    if "source_channel" not in wrong:
        informant = await world.anonymous.post(f"{API}/public/intakes", {"narrative": "Bịa", **wrong})
        assert_problem(informant, 422, code, pointer)


async def test_waiting_without_proof_uses_no_connection(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    checked_out = []

    async def wait(_: ProofOfWork, *, proven: bool) -> None:
        checked_out.append((proven, world.runtime.engine.pool.checkedout()))  # type: ignore[attr-defined]

    monkeypatch.setattr(ProofOfWork, "take", wait)
    await create_public_intake(world, narrative="Bịa")
    await create_public_intake(world, narrative="Bịa", proof="sai")
    assert checked_out == [(False, 0), (False, 0)]


async def test_intake_for_another_school_is_visible_only_there(
    school: StaffedUnit, school_b1: Client, bureau_b: Client, bureau_a: Client
) -> None:
    intake = await school_b1.create_intake(unit_id=str(school.id))
    assert (intake["visible"], intake["held_by_superior"]) == (False, False)
    for blind in (school_b1, bureau_b):
        assert (await blind.get(f"{API}/intakes/{intake['id']}")).status_code == 404
        assert (await blind.incident(intake["incident_id"])).status_code == 404
    for sees in (school.head, bureau_a):
        assert (await sees.get(f"{API}/intakes/{intake['id']}")).status_code == 200
        assert (await sees.incident(intake["incident_id"])).status_code == 200


async def test_only_a_visible_intake_has_a_location(school: StaffedUnit, school_b1: Client) -> None:
    own = await send(school.head, narrative="Bịa")
    assert own.headers["Location"] == f"{API}/intakes/{own.json()['id']}"
    foreign = await send(school_b1, narrative="Bịa", unit_id=str(school.id))
    assert "Location" not in foreign.headers


async def test_answer_distinguishes_intake_code_and_incident_code(school: StaffedUnit, school_b1: Client) -> None:
    intake = await school.head.create_intake()
    assert intake["incident_code"] == ok(await school.head.incident(intake["incident_id"]))["code"] != intake["code"]
    assert (await school.head.create_intake(open_incident=False))["incident_code"] is None
    assert (await school_b1.create_intake(unit_id=str(school.id)))["incident_code"] is None


class TestImmutability:
    COLUMNS = (
        *("code", "sealed", "key_id", "lane", "source_channel", "received_at", "recorded_at", "unit_id"),
        *("visible_from", "immediate_danger"),
    )

    async def test_there_is_no_way_to_change_one(self, school: StaffedUnit) -> None:
        intake = await school.head.create_intake()
        for method in ("PUT", "PATCH", "DELETE"):
            assert (await school.head.call(method, f"{API}/intakes/{intake['id']}", json={})).status_code == 405

    async def test_the_application_cannot_write_over_one(self, world: World, school: StaffedUnit) -> None:
        created = await school.head.create_intake(narrative="Lời đầu")
        async with world.runtime.work(ALL) as work:
            intake = await IntakeRepository(work.session).get(UUID(created["id"]))
            intake.content = {"narrative": "Lời khác"}
            with pytest.raises(DBAPIError):
                await work.flush()
        content = ok(await school.head.get(f"{API}/intakes/{created['id']}"))["content"]
        assert content["narrative"] == "Lời đầu"

    @pytest.mark.parametrize("column", COLUMNS)
    async def test_nor_can_its_database_account(self, world: World, school: StaffedUnit, column: str) -> None:
        intake = await school.head.create_intake()
        refusal = "permission denied" if world.engine == "postgresql" else "written once"
        async with world.runtime.engine.connect() as connection:
            with pytest.raises(DBAPIError, match=refusal):
                await connection.execute(
                    text(f"UPDATE intake SET {column} = {column} WHERE id = :id"),  # noqa: S608 — a column's name
                    {"id": UUID(intake["id"]).hex if world.engine == "sqlite" else UUID(intake["id"])},
                )


class TestSeveralIntakesOfOneEvent:
    async def test_they_count_once_at_every_level(
        self, school: StaffedUnit, bureau_a: Client, department: Client
    ) -> None:
        first = await school.head.create_intake()
        for _ in range(2):
            more = await school.head.create_intake(open_incident=False)
            assert more["incident_id"] is None
            assert more["id"] in await list_ids(school.head, "intakes", linked=False)
            body = {"incident_id": first["incident_id"]}
            assert ok(await school.head.post(f"{API}/intakes/{more['id']}/link", body))["incident_id"]
        for level in (school.head, bureau_a, department):
            assert await count_incidents(level, unit_id=str(school.id)) == 1
            assert ok(await level.incident(first["incident_id"]))["intake_count"] == 3
        assert len(await list_ids(school.head, "intakes", linked=True)) == 3

    async def test_intake_is_linked_to_one_incident_only(self, school: StaffedUnit) -> None:
        first, second = await school.head.create_intake(), await school.head.create_intake(open_incident=False)
        opened = ok(await school.head.post(f"{API}/intakes/{second['id']}/incident"), 201)
        assert opened["state"] == "received"
        assert_problem(await school.head.post(f"{API}/intakes/{second['id']}/incident"), 409, "wrong_state")
        body = {"incident_id": first["incident_id"]}
        assert_problem(await school.head.post(f"{API}/intakes/{second['id']}/link", body), 409, "wrong_state")

    async def test_linking_requires_access_to_both_sides(self, school: StaffedUnit, school_b1: Client) -> None:
        own, foreign = await school.head.create_intake(open_incident=False), await school_b1.create_intake()
        body = {"incident_id": foreign["incident_id"]}
        assert (await school.head.post(f"{API}/intakes/{own['id']}/link", body)).status_code == 404
        assert (await school_b1.post(f"{API}/intakes/{own['id']}/link", body)).status_code == 404


async def test_a_system_sees_that_there_is_an_intake_and_not_what_it_says(world: World, school: StaffedUnit) -> None:
    reader = await create_integration_client(world, "department", "intake:read")
    created = await school.head.create_intake(children=[CHILD])
    intake = ok(await reader.get(f"{API}/intakes/{created['id']}"))
    assert (intake["content"], intake["masked"]) == (None, ["content"])


async def test_teacher_does_not_see_an_intake_without_incident(school: StaffedUnit) -> None:
    intake = await school.teacher.create_intake(open_incident=False)
    assert intake["visible"] is False
    assert intake["id"] in await list_ids(school.counsellor, "intakes", linked=False)
