"""Incidents: who may see one, and which operations are allowed."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from app.core.time import utc_now
from app.models.cases.ages import Ages, years_old
from app.models.cases.incidents import Incident, IncidentPerson
from app.schemas.cases.flows import INCIDENT_FLOW
from tests.factories.accounts import create_integration_client
from tests.factories.cases import count_incidents, dismiss, set_severity, transition
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.next_actions import named_actions
from tests.factories.units import StaffedUnit
from tests.world import Client, World

CIRCUMSTANCES = {"occurred_at", "place"}
IDENTITIES = {"summary"}
FORM: dict[str, object] = {
    "narrative": "Chuyện bịa: Bé Bịa bị đánh",
    "place": "Cổng sau",
    "occurred_at": "2026-01-12T03:30:00Z",
    "children": [{"name": "Bé Bịa", "birth_date": "2012-05-06", "sex": "female", "current_state": "Sợ"}],
}


@pytest.fixture
async def intake(school: StaffedUnit) -> dict[str, Any]:
    return await school.head.create_intake(**FORM)


@pytest.fixture
def path(intake: dict[str, Any]) -> str:
    return f"{API}/incidents/{intake['incident_id']}"


async def patch(client: Client, path: str, **changes: object) -> Any:
    return ok(await client.patch(path, changes, await read_etag(client, path)))


async def test_only_the_levels_above_see_a_schools_incident(
    school_a1: Client,
    school_a2: Client,
    school_b1: Client,
    bureau_a: Client,
    bureau_b: Client,
    department: Client,
    other_province: Client,
) -> None:
    intake = await school_a1.create_intake()
    for sees in (school_a1, bureau_a, department):
        assert (await sees.incident(intake["incident_id"])).status_code == 200
    for blind in (school_a2, school_b1, bureau_b, other_province):
        assert (await blind.incident(intake["incident_id"])).status_code == 404


class TestMergePatch:
    async def test_null_clears_and_what_is_left_out_stays(self, school: StaffedUnit, path: str) -> None:
        await patch(school.head, path, location="toilet", forms=["physical_violence"], occurred_on="2026-01-11")
        changed = await patch(school.head, path, place=None, forms=None, group="online")
        assert (changed["place"], changed["forms"], changed["group"]) == (None, [], "online")
        assert (changed["location"], changed["occurred_on"]) == ("toilet", "2026-01-11")
        assert changed["summary"] == FORM["narrative"]

    async def test_the_timeline_names_the_fields_and_repeats_no_words(self, school: StaffedUnit, path: str) -> None:
        await patch(school.head, path, summary="Lời kể riêng tư", place=None)
        events = ok(await school.head.get(f"{path}/timeline"))
        assert (events[-1]["kind"], events[-1]["data"]) == ("changed", {"fields": ["place", "summary"]})
        assert "riêng tư" not in str(events)

    async def test_new_time_sets_the_vietnamese_day_by_default(self, school: StaffedUnit, path: str) -> None:
        changed = await patch(school.head, path, occurred_at="2026-01-12T20:00:00Z")
        assert changed["occurred_on"] == "2026-01-13"
        changed = await patch(school.head, path, occurred_at="2026-01-11T03:00:00Z", occurred_on="2026-01-11")
        assert changed["occurred_on"] == "2026-01-11"

    async def test_an_empty_patch_changes_nothing(self, school: StaffedUnit, path: str) -> None:
        before = await read_etag(school.head, path)
        await patch(school.head, path)
        assert await read_etag(school.head, path) == before
        assert [e["kind"] for e in ok(await school.head.get(f"{path}/timeline"))] == ["opened"]

    async def test_the_group_cannot_be_cleared_nor_be_unknown(self, school: StaffedUnit, path: str) -> None:
        seen = await read_etag(school.head, path)
        assert_problem(await school.head.patch(path, {"group": None}, seen), 422, "not_clearable", "/group")
        wrong = {"group": "nonsense", "location": "nonsense", "forms": ["nonsense"]}
        for pointer in ("/group", "/location", "/forms/0"):
            assert_problem(await school.head.patch(path, wrong, seen), 422, "unknown_code", pointer)

    async def test_a_stale_version_is_refused(self, school: StaffedUnit, bureau_a: Client, path: str) -> None:
        seen = await read_etag(school.head, path)
        await patch(bureau_a, path, place="Sân trường")
        assert_problem(await school.head.patch(path, {"place": "Nơi khác"}, seen), 412, "stale")

    async def test_what_is_not_seen_is_not_changed(self, school_a2: Client, inspector: Client, path: str) -> None:
        assert (await school_a2.patch(path, {"place": "X"}, '"1.3"')).status_code == 404
        assert (await inspector.patch(path, {"place": "X"}, '"1.3"')).status_code == 403

    @pytest.fixture
    async def inspector(self, world: World) -> Client:
        return await world.client("so.inspector")


class TestFlow:
    async def test_from_receipt_to_closure_and_back(self, school: StaffedUnit, path: str) -> None:
        ok(await set_severity(school.head, path.rpartition("/")[2], "low"), 201)
        for action in ("acknowledge", "assess", "intervene", "monitor", "close", "reopen", "assess", "dismiss"):
            answer = ok(await transition(school.head, path, action, reason="Lý do bịa"))
            steps = [action for action in named_actions(answer) if action in INCIDENT_FLOW.actions]
            assert steps == list(INCIDENT_FLOW.open_to(answer["state"]))
        events = ok(await school.head.get(f"{path}/timeline"))
        assert (events[-1]["data"], events[-1]["by_role"]) == (
            {"from": "assessing", "to": "dismissed", "reason_code": "unfounded"},
            "school_head",
        )

    @pytest.mark.parametrize("action", sorted(set(INCIDENT_FLOW.actions) - set(INCIDENT_FLOW.open_to("received"))))
    async def test_a_step_that_the_state_is_not_open_to_is_refused(
        self, school: StaffedUnit, path: str, action: str
    ) -> None:
        assert_problem(await transition(school.head, path, action, reason="Bịa"), 409, "wrong_state")
        assert ok(await school.head.get(path))["state"] == "received"

    async def test_a_word_that_is_no_step_is_refused(self, school: StaffedUnit, path: str) -> None:
        assert_problem(await transition(school.head, path, "vanish"), 422, "unknown_code", "/action")

    async def test_dismissal_requires_a_reason(self, school: StaffedUnit, path: str) -> None:
        assert_problem(await transition(school.head, path, "dismiss"), 422, "reason_required", "/reason")

    async def test_only_decision_makers_change_the_state(self, world: World, school: StaffedUnit, path: str) -> None:
        body = {"action": "acknowledge"}
        headers = {"If-Match": await read_etag(school.head, path)}
        for username in ("so.auditor", "so.inspector", "a1.teacher"):
            other = await world.client(username)
            assert (await other.post(f"{path}/transitions", body, headers=headers)).status_code == 403
        other_head = await world.client("a2.head")
        assert (await other_head.post(f"{path}/transitions", body, headers=headers)).status_code == 404


async def test_new_severity_keeps_the_earlier_ones(
    school: StaffedUnit, bureau_a: Client, intake: dict[str, Any], path: str
) -> None:
    ok(await set_severity(school.head, intake["incident_id"], "low"), 201)
    ok(await set_severity(bureau_a, intake["incident_id"], "critical"), 201)
    assert [s["severity"] for s in ok(await school.head.get(f"{path}/severities"))] == ["low", "critical"]
    assert ok(await school.head.get(path))["severity"] == "critical"
    assert ok(await school.head.get(f"{path}/timeline"))[-1]["data"] == {"from": "low", "to": "critical"}
    assert_problem(await set_severity(school.head, intake["incident_id"], "nonsense"), 422, "unknown_code", "/severity")


class TestPersons:
    async def test_a_person_is_changed_by_merge_patch(self, school: StaffedUnit, path: str) -> None:
        body = {"role": "victim", "kind": "pupil", "name": "Bé Thêm", "estimated_age": 8}
        incident_ids = ok(await school.head.post(f"{path}/persons", body), 201)
        person = f"{path}/persons/{incident_ids['id']}"
        changed = await patch(school.head, person, name=None, sex="male")
        assert (changed["name"], changed["sex"], changed["estimated_age"]) == (None, "male", 8)
        await patch(school.head, person)
        kinds = [(e["kind"], e["data"]) for e in ok(await school.head.get(f"{path}/timeline"))][1:]
        assert kinds == [
            ("person_added", {"role": "victim", "kind": "pupil"}),
            ("person_changed", {"fields": ["name", "sex"]}),
        ]

    async def test_codes_are_checked_and_cannot_be_cleared(self, school: StaffedUnit, path: str) -> None:
        (incident_ids,) = ok(await school.head.get(f"{path}/persons"))
        person = f"{path}/persons/{incident_ids['id']}"
        seen = await read_etag(school.head, person)
        for name in ("role", "kind", "sex"):
            assert_problem(await school.head.patch(person, {name: None}, seen), 422, "not_clearable", f"/{name}")
            assert_problem(await school.head.patch(person, {name: "nonsense"}, seen), 422, "unknown_code", f"/{name}")
        lost = {"role": "victim", "unit_id": str(uuid4())}
        assert_problem(await school.head.post(f"{path}/persons", lost), 422, "unknown_unit", "/unit_id")

    async def test_a_person_belongs_to_one_incident(self, school: StaffedUnit, school_a2: Client, path: str) -> None:
        (person,) = ok(await school.head.get(f"{path}/persons"))
        other = (await school.head.create_intake())["incident_id"]
        assert (await school.head.get(f"{API}/incidents/{other}/persons/{person['id']}")).status_code == 404
        assert (await school_a2.get(f"{path}/persons/{person['id']}")).status_code == 404


class TestAges:
    """Under 16 on the day of the event, whatever the day of asking (Law on Children 2016 art. 1)."""

    @pytest.mark.parametrize(
        ("on", "is_child", "is_minor"),
        [
            ("2026-03-03", True, True),
            ("2026-03-04", False, True),
            ("2026-03-05", False, True),
            ("2025-01-01", True, True),
        ],
    )
    async def test_turning_16(self, school: StaffedUnit, on: str, is_child: bool, is_minor: bool) -> None:  # noqa: FBT001
        intake = await school.head.create_intake(
            occurred_on=on, children=[{"birth_date": "2010-03-04", "estimated_age": 3}]
        )
        (child,) = ok(await school.head.get(f"{API}/incidents/{intake['incident_id']}/persons"))
        assert (child["is_child"], child["is_minor"]) == (is_child, is_minor)

    async def test_they_follow_a_corrected_day(self, school: StaffedUnit) -> None:
        intake = await school.head.create_intake(occurred_on="2026-03-04", children=[{"birth_date": "2010-03-04"}])
        path = f"{API}/incidents/{intake['incident_id']}"
        await patch(school.head, path, occurred_on="2026-03-03")
        assert ok(await school.head.get(f"{path}/persons"))[0]["is_child"] is True

    @pytest.mark.parametrize(
        ("estimate", "is_child", "is_minor"),
        [(15, True, True), (16, False, True), (18, False, False), (None, None, None)],
    )
    async def test_an_estimate_serves_where_no_birth_date_is_known(
        self,
        school: StaffedUnit,
        estimate: int | None,
        is_child: bool | None,  # noqa: FBT001
        is_minor: bool | None,  # noqa: FBT001
    ) -> None:
        intake = await school.head.create_intake(children=[{"estimated_age": estimate}])
        (child,) = ok(await school.head.get(f"{API}/incidents/{intake['incident_id']}/persons"))
        assert (child["is_child"], child["is_minor"]) == (is_child, is_minor)

    def test_one_born_on_29_february_turns_on_1_march(self) -> None:
        born = date(2008, 2, 29)
        assert [years_old(born, day) for day in (date(2024, 2, 28), date(2024, 2, 29))] == [15, 16]
        assert [years_old(born, day) for day in (date(2026, 2, 28), date(2026, 3, 1))] == [17, 18]

    async def test_without_a_day_of_the_event_the_day_it_was_recorded_counts(self) -> None:
        incident = Incident(
            code="2026-BIA",
            holder_id=uuid4(),
            org_path="/x/",
            state="received",
            group="other",
            received_at=utc_now(),
            created_at=utc_now(),
        )
        person = IncidentPerson(
            incident_id=incident.id, org_path="/x/", role="victim", kind="pupil", birth_date=date(2000, 1, 1)
        )
        assert Ages.on_event(person, incident).is_minor is False


class TestMasks:
    """What each tier withholds, and that it says so."""

    async def masked(self, reader: Client, path: str) -> dict[str, Any]:
        incident: dict[str, Any] = ok(await reader.get(path))
        assert all(incident[name] is None for name in incident["masked"])
        return incident

    async def test_the_auditor_sees_facts(self, world: World, path: str) -> None:
        auditor = await world.client("so.auditor")
        incident = await self.masked(auditor, path)
        assert set(incident["masked"]) == CIRCUMSTANCES | IDENTITIES
        assert incident["group"] == "school_violence"
        (person,) = ok(await auditor.get(f"{path}/persons"))
        facts = {"age_band", "school_level", "grade", "injury_outcome", "unit_id", "estimated_age"}
        assert set(person["masked"]) == facts | {"birth_date", "name", "description", "learner_id"}
        assert "Bịa" not in str(person)
        assert (person["is_child"], person["sex"]) == (True, "female")

    async def test_a_system_sees_circumstances_and_no_identity(self, world: World, path: str) -> None:
        client = await create_integration_client(world, "department", "incident:read")
        incident = await self.masked(client, path)
        assert set(incident["masked"]) == IDENTITIES
        assert incident["place"] == "Cổng sau"
        (person,) = ok(await client.get(f"{path}/persons"))
        assert set(person["masked"]) == {"birth_date", "name", "description", "learner_id"}
        assert "Bịa" not in str(person)

    async def test_the_subtree_sees_everything(self, school: StaffedUnit, bureau_a: Client, path: str) -> None:
        for reader in (school.head, bureau_a):
            assert (await self.masked(reader, path))["masked"] == []

    async def test_reasons_are_circumstances(self, world: World, school: StaffedUnit, path: str) -> None:
        ok(await dismiss(school.head, path, reason="Bịa chuyện của Bé"))
        auditor = await world.client("so.auditor")
        assert ok(await auditor.get(f"{path}/timeline"))[-1]["reason"] is None
        assert ok(await school.head.get(f"{path}/timeline"))[-1]["reason"] == "Bịa chuyện của Bé"

    async def test_etag_differs_per_representation(self, world: World, school: StaffedUnit, path: str) -> None:
        assert await read_etag(await world.client("so.auditor"), path) != await read_etag(school.head, path)


async def test_lists_and_counts_accept_the_same_filters(school: StaffedUnit, bureau_a: Client) -> None:
    first = await school.head.create_intake(group="online", occurred_on="2026-02-01")
    second = await school.head.create_intake(group="injury_safety", occurred_on="2026-03-01")
    ok(await set_severity(school.head, second["incident_id"], "high"), 201)
    ok(await transition(school.head, f"{API}/incidents/{second['incident_id']}", "acknowledge"))
    code = ok(await school.head.incident(first["incident_id"]))["code"]
    for filters, found in (
        ({"group": "online"}, first),
        ({"occurred_to": "2026-02-15"}, first),
        ({"code": code.lower()}, first),
        ({"severity": "high"}, second),
        ({"state": "acknowledged"}, second),
        ({"occurred_from": "2026-02-15"}, second),
    ):
        within = {"unit_id": str(school.id), **filters}
        for reader in (school.head, bureau_a):
            assert await list_ids(reader, "incidents", **within) == {found["incident_id"]}
            assert await count_incidents(reader, **within) == 1
    mistyped = await school.head.get(f"{API}/incidents", params={"code": code[:-1] + ("2" if code[-1] != "2" else "3")})
    assert_problem(mistyped, 422, "mistyped_code", "code")


async def test_a_list_is_read_page_by_page_newest_first(school: StaffedUnit) -> None:
    incident_ids = [(await school.head.create_intake())["incident_id"] for _ in range(3)]
    page = ok(await school.head.get(f"{API}/incidents", params={"limit": 2}))
    rest = ok(await school.head.get(f"{API}/incidents", params={"limit": 2, "cursor": page["next_cursor"]}))
    assert [i["id"] for i in page["items"] + rest["items"]] == incident_ids[::-1]
    assert rest["next_cursor"] is None
