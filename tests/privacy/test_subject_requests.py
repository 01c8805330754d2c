"""Requests of children and their representatives: recorded by staff, answered and done by the law's clocks."""

from datetime import datetime, timedelta
from uuid import UUID

import httpx
import pytest
import time_machine
from sqlalchemy import update

from app.core.time import VIETNAM
from app.models.privacy.retention import RetentionClass
from app.models.privacy.subject_requests import SubjectRequest
from app.models.proposals import Proposal
from app.security.access.scope import ALL
from app.services.privacy.subject_requests import notify_overdue_requests
from tests.factories.attachments import create_attachment
from tests.factories.cases import dismiss
from tests.factories.duplicates import merge_incidents
from tests.factories.http import API, assert_problem, ok
from tests.factories.notices import list_unread_notices
from tests.factories.privacy import (
    FRIDAY,
    REQUESTER_NAME,
    SUBJECT_REQUEST_FORM,
    SUBJECT_REQUESTS,
    create_ended_case,
    create_subject_request,
    set_retention_periods,
    transition_subject_request,
)
from tests.factories.proposals import PROPOSALS, create_proposal, decide_proposal, propose
from tests.factories.units import StaffedUnit
from tests.world import Client, World


async def night_passes(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        await notify_overdue_requests(work)
        await work.commit()


async def missed(client: Client, request_id: str) -> list[str]:
    found = ok(await client.get(f"{API}/notices", params={"limit": 500}))["items"]
    return [n["data"]["clock"] for n in found if n["data"].get("request_id") == request_id]


def end_of(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=VIETNAM) + timedelta(days=1)


class TestClocks:
    async def test_answer_is_due_within_two_working_days(self, school: StaffedUnit) -> None:
        """Received on a Friday: neither the weekend counts nor the holiday of 24 November."""
        request = await create_subject_request(school.head)
        assert datetime.fromisoformat(request["answer_due_at"]) == end_of("2026-11-25")
        assert "2 working days" in request["answer_source"]

    async def test_its_first_answer_says_the_moments_as_every_later_one_does(self, school: StaffedUnit) -> None:
        request = await create_subject_request(school.head)
        later = ok(await school.head.get(f"{SUBJECT_REQUESTS}/{request['id']}"))
        assert request["answer_due_at"] == later["answer_due_at"] == "2026-11-25T17:00:00Z"
        assert request["act_due_at"] == later["act_due_at"]

    @pytest.mark.parametrize("kind", ["withdrawal", "restriction", "objection"])
    async def test_it_is_done_within_fifteen_days(self, school: StaffedUnit, kind: str) -> None:
        request = await create_subject_request(school.head, kind=kind)
        received = datetime.fromisoformat(FRIDAY)
        assert datetime.fromisoformat(request["act_due_at"]) - received == timedelta(days=15)

    async def test_one_received_before_the_law_goes_by_the_rules_of_today(self, school: StaffedUnit) -> None:
        request = await create_subject_request(school.head, received_at="2025-12-01T03:00:00Z")
        assert datetime.fromisoformat(request["answer_due_at"]) == end_of("2025-12-03")
        assert "Decree 356/2025" in request["answer_source"]

    async def test_one_extension_of_fifteen_days_with_its_reason(self, school: StaffedUnit) -> None:
        request = await create_subject_request(school.head)
        ok(await transition_subject_request(school.head, request["id"], "accept", answer="Vâng (bịa)"))
        assert_problem(
            await transition_subject_request(school.head, request["id"], "extend"), 422, "reason_required", "/reason"
        )
        extended = ok(
            await transition_subject_request(school.head, request["id"], "extend", reason="Nhiều hồ sơ (bịa)")
        )
        longer = datetime.fromisoformat(extended["act_due_at"]) - datetime.fromisoformat(request["act_due_at"])
        assert longer == timedelta(days=15)
        assert_problem(
            await transition_subject_request(school.head, request["id"], "extend", reason="Nữa (bịa)"),
            409,
            "wrong_state",
        )

    async def test_missed_deadline_notifies_the_unit_and_the_level_above_once(
        self, world: World, school: StaffedUnit
    ) -> None:
        request = await create_subject_request(school.head)
        above, beside = await world.client("phong_a.officer"), await world.client("phong_b.officer")
        with time_machine.travel(end_of("2026-11-25") - timedelta(seconds=1), tick=False):
            await night_passes(world)
        assert await missed(above, request["id"]) == []
        with time_machine.travel(end_of("2026-11-25"), tick=False):
            await night_passes(world)
            await night_passes(world)
        assert await missed(above, request["id"]) == await missed(school.head, request["id"]) == ["answer"]
        assert await missed(beside, request["id"]) == []
        with time_machine.travel(datetime.fromisoformat(FRIDAY) + timedelta(days=15), tick=False):
            await night_passes(world)
        assert sorted(await missed(above, request["id"])) == ["act", "answer"]

    async def test_every_late_request_is_notified(
        self, world: World, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        requests = [await create_subject_request(school.head) for _ in range(2)]
        monkeypatch.setattr("app.services.deadlines.sweep.BATCH", 1)
        with time_machine.travel(end_of("2026-11-25"), tick=False):
            await night_passes(world)
        assert [await missed(school.head, each["id"]) for each in requests] == [["answer"], ["answer"]]

    async def test_what_was_answered_in_time_is_not_missed(self, world: World, school: StaffedUnit) -> None:
        request = await create_subject_request(school.head)
        basis = {"answer": "Không thể (bịa)", "refusal_basis": "kept_by_law", "reason": "Luật buộc giữ (bịa)"}
        ok(await transition_subject_request(school.head, request["id"], "refuse", **basis))
        with time_machine.travel(datetime.fromisoformat(FRIDAY) + timedelta(days=40), tick=False):
            await night_passes(world)
        assert await missed(school.head, request["id"]) == []

    async def test_its_rules_name_their_sources(self, school: StaffedUnit) -> None:
        rules = ok(await school.counsellor.get(f"{API}/subject-request-rules"))
        assert {(r["step"], r["amount"], r["time_unit"]) for r in rules if r["kind"] == "withdrawal"} == {
            ("answer", 2, "working_days"),
            ("act", 15, "days"),
            ("extension", 15, "days"),
        }
        assert all(rule["is_confirmed"] or "to be confirmed" in rule["source"] for rule in rules)

    @pytest.mark.parametrize(("kind", "days"), [("access", 10), ("correction", 10), ("provision", 10), ("erasure", 20)])
    async def test_an_act_is_due_by_its_kind(self, school: StaffedUnit, kind: str, days: int) -> None:
        incident_id = (await school.head.create_intake())["incident_id"]
        request = await create_subject_request(school.head, kind=kind, incident_id=incident_id)
        received = datetime.fromisoformat(request["received_at"])
        assert datetime.fromisoformat(request["act_due_at"]) - received == timedelta(days=days)


class TestChildren:
    async def test_for_a_child_under_seven_the_representative_asks(self, school: StaffedUnit) -> None:
        answer = await school.head.post(
            SUBJECT_REQUESTS, SUBJECT_REQUEST_FORM | {"requester": "child", "child_is_seven": False}
        )
        assert_problem(answer, 422, "representative_owed", "")

    async def test_publishing_asks_for_both_consents_from_seven_on(self, school: StaffedUnit) -> None:
        about = {"concerns_publishing": True, "representative_consents": False}
        assert_problem(await school.head.post(SUBJECT_REQUESTS, SUBJECT_REQUEST_FORM | about), 422, "consents_owed", "")
        ok(await school.head.post(SUBJECT_REQUESTS, SUBJECT_REQUEST_FORM | about | {"child_is_seven": False}), 201)
        request = await create_subject_request(school.head, **about, child_consents=False)
        assert (request["child_consents"], request["representative_consents"]) == (False, False)


class TestRefusal:
    async def test_names_a_legal_basis_of_the_list(self, school: StaffedUnit) -> None:
        request = await create_subject_request(school.head)
        refusal = {"answer": "Không thể (bịa)", "reason": "Không phải người đại diện (bịa)"}
        assert_problem(
            await transition_subject_request(school.head, request["id"], "refuse", **refusal),
            422,
            "basis_required",
            "/refusal_basis",
        )
        wrong = await transition_subject_request(
            school.head, request["id"], "refuse", **refusal, refusal_basis="khong_co"
        )
        assert_problem(wrong, 422, "unknown_code", "/refusal_basis")
        done = ok(
            await transition_subject_request(
                school.head, request["id"], "refuse", **refusal, refusal_basis="not_entitled"
            )
        )
        assert (done["state"], done["next_actions"]) == ("refused", [])
        assert_problem(
            await transition_subject_request(school.head, request["id"], "accept", answer="Bịa"), 409, "wrong_state"
        )

    async def test_needs_a_reason_that_is_recorded(self, school: StaffedUnit) -> None:
        request = await create_subject_request(school.head)
        refusal = {"answer": "Không thể (bịa)", "refusal_basis": "not_entitled"}
        assert_problem(
            await transition_subject_request(school.head, request["id"], "refuse", **refusal),
            422,
            "reason_required",
            "/reason",
        )
        done = ok(
            await transition_subject_request(school.head, request["id"], "refuse", **refusal, reason="Người lạ (bịa)")
        )
        assert done["outcome"] == "Người lạ (bịa)"


class TestAccess:
    async def test_names_are_sealed_and_not_in_the_list(self, world: World, school: StaffedUnit) -> None:
        request = await create_subject_request(school.head)
        assert request["identity"]["name"] == REQUESTER_NAME
        assert REQUESTER_NAME not in str(ok(await school.head.get(SUBJECT_REQUESTS)))
        async with world.runtime.work(ALL) as work:
            row = await work.session.get_one(SubjectRequest, UUID(request["id"]))
            assert REQUESTER_NAME not in str(row.sealed)

    async def test_only_the_subtree_reads_it(self, world: World, school: StaffedUnit) -> None:
        request = await create_subject_request(school.counsellor)
        path = f"{SUBJECT_REQUESTS}/{request['id']}"
        for reader in ("phong_a.officer", "so.inspector"):
            ok(await (await world.client(reader)).get(path))
        assert_problem(await (await world.client("b1.head")).get(path), 404, "not_found")
        assert_problem(await (await world.client("so.auditor")).get(path), 403, "forbidden")
        assert_problem(
            await transition_subject_request(school.counsellor, request["id"], "accept", answer="Bịa"), 403, "forbidden"
        )

    async def test_another_units_case_cannot_be_named(self, world: World, school: StaffedUnit) -> None:
        incident_id = (await (await world.client("b1.head")).create_intake())["incident_id"]
        assert_problem(
            await school.head.post(SUBJECT_REQUESTS, SUBJECT_REQUEST_FORM | {"incident_id": incident_id}),
            404,
            "not_found",
        )


class TestErasure:
    @pytest.fixture(autouse=True)
    async def a_decision(self, world: World) -> None:
        await set_retention_periods(world)

    async def accepted(self, school: StaffedUnit, incident_id: str) -> str:
        request = await create_subject_request(school.counsellor, kind="erasure", incident_id=incident_id)
        ok(await transition_subject_request(school.head, request["id"], "accept", answer="Vâng (bịa)"))
        return str(request["id"])

    async def completed(self, client: Client, request_id: str) -> httpx.Response:
        return await transition_subject_request(client, request_id, "complete", decision_number="08/QĐ-MẪU")

    async def test_names_a_case(self, school: StaffedUnit) -> None:
        assert_problem(
            await school.head.post(SUBJECT_REQUESTS, SUBJECT_REQUEST_FORM | {"kind": "erasure"}),
            422,
            "incident_owed",
            "",
        )

    async def test_destroys_the_case_and_leaves_a_certificate(self, school: StaffedUnit, bureau_a: Client) -> None:
        record = await create_ended_case(school, years=0.1)
        request_id = await self.accepted(school, record.incident_id)
        assert_problem(
            await transition_subject_request(bureau_a, request_id, "complete"),
            422,
            "decision_required",
            "/decision_number",
        )
        done = ok(await self.completed(bureau_a, request_id))
        assert done["state"] == "done"
        assert record.canary not in str(await record.everything(school.head))
        (certificate,) = ok(await school.head.get(f"{API}/retention/certificates"))["items"]
        assert (certificate["basis"], certificate["request_id"]) == ("subject_request", request_id)
        assert (certificate["decision"], certificate["decided_by"]) == ("08/QĐ-MẪU", str(bureau_a.user_id))

    async def test_waits_for_a_hold(self, school: StaffedUnit, bureau_a: Client) -> None:
        record = await create_ended_case(school, years=0.1)
        ok(await school.head.post(f"{record.path}/holds", {"reason": "Bịa"}), 201)
        request_id = await self.accepted(school, record.incident_id)
        assert_problem(await self.completed(bureau_a, request_id), 409, "held")
        assert record.canary in str(await record.everything(school.head))
        assert ok(await school.head.get(f"{SUBJECT_REQUESTS}/{request_id}"))["state"] == "accepted"

    async def test_of_an_open_case_is_refused(self, school: StaffedUnit, bureau_a: Client) -> None:
        incident_id = (await school.head.create_intake())["incident_id"]
        request_id = await self.accepted(school, incident_id)
        assert_problem(await self.completed(bureau_a, request_id), 409, "wrong_state")

    async def test_waits_for_the_end_of_what_the_case_was_merged_into(
        self, school: StaffedUnit, bureau_a: Client
    ) -> None:
        record = await create_ended_case(school, years=0.1)
        survivor_id = (await school.head.create_intake())["incident_id"]
        ok(await merge_incidents(school.head, survivor_id, record.incident_id), 201)
        request_id = await self.accepted(school, record.incident_id)
        assert_problem(await self.completed(bureau_a, request_id), 409, "wrong_state")
        ok(await dismiss(school.head, f"{API}/incidents/{survivor_id}"))
        ok(await self.completed(bureau_a, request_id))
        assert record.canary not in str(await record.everything(school.head))

    async def test_is_not_one_persons_decision(self, school: StaffedUnit) -> None:
        record = await create_ended_case(school, years=0.1)
        request = await create_subject_request(school.head, kind="erasure", incident_id=record.incident_id)
        ok(await transition_subject_request(school.head, request["id"], "accept", answer="Vâng (bịa)"))
        answer = await self.completed(school.head, request["id"])
        assert_problem(answer, 403, "forbidden")
        assert answer.json()["detail"].startswith("Người khác với người ghi nhận")
        assert record.canary in str(await record.everything(school.head))

    async def test_is_not_decided_by_the_holder_of_the_case(self, school: StaffedUnit, bureau_a: Client) -> None:
        record = await create_ended_case(school, years=0.1)
        request_id = await self.accepted(school, record.incident_id)
        assert_problem(await self.completed(school.head, request_id), 409, "proposal_required")
        proposal = await create_proposal(school.head, record.incident_id, "erase", request_id=request_id)
        without = await decide_proposal(bureau_a, proposal["id"], "approve")
        assert_problem(without, 422, "decision_required", "/decision_number")
        assert record.canary in str(await record.everything(school.head))
        ok(await decide_proposal(bureau_a, proposal["id"], "approve", decision_number="08/QĐ-MẪU"))
        assert ok(await school.head.get(f"{SUBJECT_REQUESTS}/{request_id}"))["state"] == "done"
        assert record.canary not in str(await record.everything(school.head))

    async def test_leaves_no_other_proposal_on_the_case_waiting(self, school: StaffedUnit, bureau_a: Client) -> None:
        record = await create_ended_case(school, years=0.1)
        file_id = (await create_attachment(school.head, record.incident_id))["id"]
        other = await create_proposal(school.head, record.incident_id, "destroy_evidence", attachment_id=file_id)
        request_id = await self.accepted(school, record.incident_id)
        proposal = await create_proposal(school.head, record.incident_id, "erase", request_id=request_id)
        ok(await decide_proposal(bureau_a, proposal["id"], "approve", decision_number="08/QĐ-MẪU"))
        for client in (school.head, bureau_a):
            waiting = ok(await client.get(PROPOSALS, params={"state": "proposed", "limit": 500}))["items"]
            assert other["id"] not in [each["id"] for each in waiting]
        ended = ok(await school.head.get(f"{PROPOSALS}/{other['id']}"))
        assert (ended["state"], ended["decided_by"], ended["next_actions"]) == ("withdrawn", None, [])
        assert ok(await bureau_a.get(f"{PROPOSALS}/{proposal['id']}"))["state"] == "approved"
        assert ok(await school.head.incident(record.incident_id))["next_actions"] == []

    async def test_names_the_request_of_its_case(self, school: StaffedUnit) -> None:
        record, other = await create_ended_case(school, years=0.1), await create_ended_case(school, years=0.1)
        request_id = await self.accepted(school, other.incident_id)
        answer = await propose(school.head, record.incident_id, "erase", request_id=request_id)
        assert_problem(answer, 422, "of_another_incident", "/request_id")

    async def test_shows_a_minimum_period_that_is_not_confirmed_and_waits_for_one_that_is(
        self, world: World, school: StaffedUnit, bureau_a: Client
    ) -> None:
        record = await create_ended_case(school, years=0.1)
        request_id = await self.accepted(school, record.incident_id)
        proposal = await create_proposal(school.head, record.incident_id, "erase", request_id=request_id)
        for path in (f"{SUBJECT_REQUESTS}/{request_id}", f"{PROPOSALS}/{proposal['id']}"):
            minimum = ok(await bureau_a.get(path))["minimum_period"]
            assert minimum["is_confirmed"] is False
            assert minimum["source"].startswith("not verified")
        await confirm_minimum(world, is_confirmed=True)
        try:
            answer = await decide_proposal(bureau_a, proposal["id"], "approve", decision_number="08/QĐ-MẪU")
            assert_problem(answer, 409, "minimum_retention")
        finally:
            await confirm_minimum(world, is_confirmed=False)
        ok(await decide_proposal(bureau_a, proposal["id"], "approve", decision_number="08/QĐ-MẪU"))

    async def test_is_announced_to_the_holder(self, school: StaffedUnit, bureau_a: Client) -> None:
        record = await create_ended_case(school, years=0.1)
        request_id = await self.accepted(school, record.incident_id)
        ok(await self.completed(bureau_a, request_id))
        (notice,) = await list_unread_notices(school.head, "case_erased")
        assert (notice["incident_id"], notice["data"]["request_id"]) == (record.incident_id, request_id)

    async def test_of_a_case_of_the_department_is_decided_by_a_second_person_a_day_later(
        self, world: World, department: Client
    ) -> None:
        head = await world.client("so.head")
        incident_id = (await department.create_intake(unit_id=str(world.units["department"])))["incident_id"]
        ok(await dismiss(department, f"{API}/incidents/{incident_id}"))
        request = await create_subject_request(department, kind="erasure", incident_id=incident_id)
        ok(await transition_subject_request(head, request["id"], "accept", answer="Vâng (bịa)"))
        assert_problem(await self.completed(head, request["id"]), 409, "proposal_required")
        proposal = await create_proposal(department, incident_id, "erase", request_id=request["id"])
        approval = {"decision_number": "08/QĐ-MẪU"}
        assert_problem(await decide_proposal(department, proposal["id"], "approve", **approval), 403, "forbidden")
        assert_problem(await decide_proposal(head, proposal["id"], "approve", **approval), 409, "decision_too_early")
        await backdate_proposal(world, proposal["id"], timedelta(days=1))
        ok(await decide_proposal(head, proposal["id"], "approve", **approval))
        assert ok(await head.incident(incident_id))["destroyed_at"] is not None


async def backdate_proposal(world: World, proposal_id: str, span: timedelta) -> None:
    async with world.runtime.work(ALL) as work:
        proposal = await work.session.get_one(Proposal, UUID(proposal_id))
        proposal.proposed_at -= span
        await work.commit()


async def confirm_minimum(world: World, *, is_confirmed: bool) -> None:
    async with world.runtime.work(ALL) as work:
        closed = RetentionClass.code == "closed_incident"
        await work.session.execute(update(RetentionClass).where(closed).values(minimum_is_confirmed=is_confirmed))
        await work.commit()
