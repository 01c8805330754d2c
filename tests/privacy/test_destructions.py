"""What was destroyed stays destroyed: through the API, in the files, and after a restore."""

import json
import sqlite3
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from app.core.paging import PageRequest
from app.models.audit import AuditEntry, AuditSubject
from app.models.platform.data_keys import DataKey
from app.models.privacy.retention import DestructionCertificate
from app.models.privacy.subject_requests import SubjectRequest
from app.repositories.cases.incidents import IncidentRepository
from app.security.access.scope import ALL
from app.security.crypto.shred_ledger import LEDGER
from app.services.cases.escalations import escalate_overdue
from app.services.privacy.destructions import DestructionService
from app.services.privacy.retention import Due, RetentionService
from app.services.privacy.shredding import key_digest
from app.services.setup.start import open_runtime
from tests.factories.attachments import (
    create_attachment,
    create_link,
    fetch_link,
    list_attachments,
    stored_objects,
    sweep_attachments,
)
from tests.factories.cases import transition
from tests.factories.http import API, assert_problem, ok, read_etag
from tests.factories.privacy import create_ended_case, destroy_due_records, live_keys
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, create_unit
from tests.world import World


async def test_a_case_past_its_period_reads_as_destroyed_and_its_facts_stay(world: World, school: StaffedUnit) -> None:
    record = await create_ended_case(school)
    assert record.canary in json.dumps(await record.everything(school.head))
    await destroy_due_records(world)
    for reader in (school.head, await world.client("phong_a.officer"), await world.client("so.head")):
        certificate = await record.everything(reader)
        assert record.canary not in json.dumps(certificate)
        assert "2012-05-05" not in json.dumps(certificate)
        incident, (person,) = certificate[0], certificate[1]
        assert incident["destroyed_at"] is not None
        assert (incident["summary"], incident["place"]) == (None, None)
        assert (incident["group"], incident["state"]) == ("school_violence", "closed")
        assert (person["sex"], person["estimated_age"], person["unit_id"], person["name"]) == (
            "female",
            None,
            None,
            None,
        )
        assert [person[name] for name in ("age_band", "school_level", "grade", "injury_outcome")] == [None] * 4
    gone = await school.head.post(f"{API}/intakes/{record.intake_id}/informant", {"reason": "Bịa"})
    assert_problem(gone, 404, "not_found")
    assert_problem(await (await world.client("b1.head")).incident(record.incident_id), 404, "not_found")


async def test_nothing_more_is_written_to_it(world: World, school: StaffedUnit) -> None:
    record = await create_ended_case(school)
    await destroy_due_records(world)
    head = school.head
    assert_problem(await transition(head, record.path, "reopen", reason="Bịa"), 409, "destroyed")
    assert_problem(await head.post(f"{record.path}/persons", {"role": "witness"}), 409, "destroyed")
    assert_problem(await head.post(f"{record.path}/holds", {"reason": "Bịa"}), 409, "destroyed")
    body = {"severity": "low", "reason": "Bịa"}
    tagged = {"If-Match": await read_etag(head, record.path)}
    assert_problem(await head.post(f"{record.path}/severities", body, headers=tagged), 409, "destroyed")
    case = f"{API}/cases/{record.case_id}"
    tagged = {"If-Match": await read_etag(head, case)}
    assert_problem(await head.post(f"{case}/reopening", {"reason": "Bịa"}, headers=tagged), 409, "destroyed")
    loose = await head.create_intake(open_incident=False)
    assert_problem(
        await head.post(f"{API}/intakes/{loose['id']}/link", {"incident_id": record.incident_id}), 409, "destroyed"
    )


async def test_its_files_open_no_more_and_are_swept_away(world: World, school: StaffedUnit) -> None:
    record = await create_ended_case(school)
    attachment = await create_attachment(school.head, record.incident_id, title=record.canary)
    link = await create_link(school.head, attachment["id"])
    other = await create_attachment(school.head, str((await school.head.create_intake())["incident_id"]))
    before = await stored_objects(world)
    await destroy_due_records(world)
    (left,) = await list_attachments(school.head, record.incident_id)
    assert (left["title"], left["sha256"], left["variants"]) == (None, None, [])
    assert_problem(await fetch_link(school.head, link), 404, "not_found")
    assert await sweep_attachments(world, timedelta(hours=25)) >= 1
    assert len(before - await stored_objects(world)) == 1
    assert (await fetch_link(school.head, await create_link(school.head, other["id"]))).status_code == 200


async def test_no_clock_of_it_runs_on_and_shares_of_it_end(world: World, school: StaffedUnit) -> None:
    record = await create_ended_case(school)
    department = await world.client("so.head")
    ok(await share_incident(school.head, record.incident_id, 1, grantee_unit_id=world.units["school_b1"]), 201)
    neighbour = await world.client("b1.head")
    ok(await neighbour.incident(record.incident_id))
    await destroy_due_records(world)
    states = {clock["state"] for clock in ok(await department.get(f"{record.path}/clocks"))}
    assert states.isdisjoint({"running", "missed"})
    assert_problem(await neighbour.incident(record.incident_id), 404, "not_found")
    async with world.runtime.work(ALL) as work:
        work.now += timedelta(days=900)
        await escalate_overdue(work)


async def test_cached_answer_is_not_replayed_after_destruction(world: World, school: StaffedUnit) -> None:
    record = await create_ended_case(school)
    key = {"Idempotency-Key": "mot-khoa-bia"}
    first = await school.head.post(f"{record.path}/holds", {"reason": f"{record.canary} (bịa)"}, headers=key)
    hold = ok(first, 201)
    assert (await school.head.delete(f"{record.path}/holds/{hold['id']}")).status_code == 204
    again = await school.head.post(f"{record.path}/holds", {"reason": f"{record.canary} (bịa)"}, headers=key)
    assert ok(again, 201) == hold
    await destroy_due_records(world)
    again = await school.head.post(f"{record.path}/holds", {"reason": f"{record.canary} (bịa)"}, headers=key)
    assert_problem(again, 404, "not_found")


async def test_case_with_a_recent_hold_is_neither_destroyed_nor_counted(
    world: World, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await create_ended_case(school)
    async with world.runtime.work(ALL) as work:
        due = await RetentionService(work).ready(PageRequest(500, None))
    ours = [each for each in due if str(each.incident_id) == record.incident_id]
    assert {each.covers for each in ours} == {"incident", "informant"}
    ok(await school.head.post(f"{record.path}/holds", {"reason": "Bịa"}), 201)

    async def ready(*_: object) -> list[Due]:
        return ours

    monkeypatch.setattr(RetentionService, "ready", ready)
    async with world.runtime.work(ALL) as work:
        assert await DestructionService(work).destroy_due() == 0


async def test_an_answered_request_goes_with_its_own_period(world: World, school: StaffedUnit) -> None:
    body = {"kind": "access", "requester": "representative", "child_is_seven": True}
    identity = {"identity": {"name": "Bà zqyeucau (bịa)"}, "statement": "Xin xem (bịa)"}
    request = ok(await school.head.post(f"{API}/subject-requests", body | identity), 201)
    path = f"{API}/subject-requests/{request['id']}"
    certificate = {"action": "refuse", "answer": "Không (bịa)", "refusal_basis": "not_entitled", "reason": "Bịa"}
    ok(
        await school.head.post(
            f"{path}/transitions", certificate, headers={"If-Match": await read_etag(school.head, path)}
        )
    )
    async with world.runtime.work(ALL) as work:
        row = await work.session.get_one(SubjectRequest, UUID(request["id"]))
        row.closed_at = work.now - timedelta(days=366 * 6)
        await work.commit()
    await destroy_due_records(world)
    gone = ok(await school.head.get(path))
    assert (gone["identity"], gone["statement"], gone["destroyed_at"] is None) == (None, None, False)
    assert (gone["state"], gone["refusal_basis"]) == ("refused", "not_entitled")


async def test_unopened_intake_is_destroyed_too(world: World, school: StaffedUnit) -> None:
    old = {"received_at": "2020-01-01T00:00:00Z", "open_incident": False}
    intake = await school.head.create_intake(narrative="Lời kể zqroi (bịa)", **old)
    await destroy_due_records(world)
    certificate = ok(await school.head.get(f"{API}/intakes/{intake['id']}"))
    assert (certificate["content"], certificate["destroyed_at"] is None) == (None, False)
    assert_problem(await school.head.post(f"{API}/intakes/{intake['id']}/incident"), 409, "destroyed")


async def test_informant_is_destroyed_before_the_intake(world: World, school: StaffedUnit) -> None:
    record = await create_ended_case(school, years=3)
    await destroy_due_records(world)
    assert_problem(
        await school.head.post(f"{API}/intakes/{record.intake_id}/informant", {"reason": "Bịa"}), 404, "not_found"
    )
    intake = ok(await school.head.get(f"{API}/intakes/{record.intake_id}"))
    assert record.canary in json.dumps(intake["content"])
    assert ok(await school.head.incident(record.incident_id))["destroyed_at"] is None


async def test_what_is_not_past_its_period_or_not_closed_stays(world: World, school: StaffedUnit) -> None:
    record = await create_ended_case(school, years=9.5)
    reopened = await create_ended_case(school)
    ok(await transition(school.head, reopened.path, "reopen", reason="Bịa"))
    await destroy_due_records(world)
    for ended in (record, reopened):
        assert ended.canary in json.dumps(await ended.everything(school.head))


async def test_without_a_departments_decision_nothing_is_destroyed(world: World) -> None:
    """The release's periods are proposals: the circular's table was not seen."""
    elsewhere = await create_unit(world, under="department_2")
    record = await create_ended_case(elsewhere)
    await destroy_due_records(world)
    assert record.canary in json.dumps(await record.everything(elsewhere.head))


async def test_database_contains_no_key_and_no_word_of_it(world: World, school: StaffedUnit) -> None:
    record = await create_ended_case(school)
    wrapped = [wrapped for wrapped, _ in (await live_keys(world, record)).values()]
    assert len(wrapped) == 3, "of the case, of the intake, of the informant"
    await destroy_due_records(world)
    async with world.runtime.work(ALL) as work:
        rows = (await work.session.scalars(select(DataKey))).all()
        assert {row.wrapped for row in rows}.isdisjoint(wrapped)
    if world.engine == "sqlite":
        path = world.runtime.settings.data_dir / "athd.db"
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        content = path.read_bytes()
        for secret in (record.canary, *wrapped):
            assert secret.encode() not in content
    ledger = (world.runtime.settings.ledger_dir / LEDGER).read_text()
    assert record.canary not in ledger
    assert record.incident_id not in ledger


async def test_another_process_reads_nothing_of_it_at_once(world: World, school: StaffedUnit) -> None:
    """No process remembers a data key beyond the transaction that asked for it."""
    record = await create_ended_case(school)
    other = open_runtime(world.runtime.settings)

    async def summary() -> str | None:
        async with other.work(ALL, write=False) as work:
            return (await IncidentRepository(work.session).get(UUID(record.incident_id))).summary

    assert record.canary in str(await summary())
    await destroy_due_records(world)
    assert await summary() is None
    await other.close()


async def test_a_ledger_that_cannot_be_written_destroys_nothing(
    world: World, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await create_ended_case(school)

    def full(*_: object) -> None:
        raise OSError(28, "no space")

    with monkeypatch.context() as broken:
        broken.setattr(world.runtime.ledger, "append", full, raising=False)
        with pytest.raises(OSError, match="no space"):
            await destroy_due_records(world)
    assert record.canary in json.dumps(await record.everything(school.head))
    await destroy_due_records(world)


class TestCertificate:
    async def test_describes_what_was_destroyed_without_naming_it(self, world: World, school: StaffedUnit) -> None:
        record = await create_ended_case(school)
        keys = await live_keys(world, record)
        await destroy_due_records(world)
        (certificate,) = ok(await school.head.get(f"{API}/retention/certificates"))["items"]
        assert certificate["counts"] == {"incident": 1, "intake": 1, "informant": 1}
        assert (certificate["unit_id"], certificate["class_code"]) == (str(school.id), "closed_incident")
        assert (certificate["basis"], certificate["decision"]) == ("schedule", "05/QĐ-MẪU")
        path = f"{API}/retention/certificates/{certificate['id']}"
        refusal = ok(await (await world.client("so.auditor")).get(path))
        assert set(refusal["key_digests"]) == {key_digest(key_id) for key_id in keys}
        assert record.incident_id not in json.dumps(refusal)
        assert_problem(await (await world.client("b1.head")).get(path), 404, "not_found")
        assert_problem(await (await world.client("a1.counsellor")).get(path), 403, "forbidden")

    @pytest.mark.parametrize("change", [update, delete])
    async def test_is_written_once(self, world: World, school: StaffedUnit, change: Any) -> None:
        await create_ended_case(school)
        await destroy_due_records(world)
        statement = change(DestructionCertificate).where(DestructionCertificate.unit_id == school.id)
        if change is update:
            statement = statement.values(number="2020-000000")
        async with world.runtime.work(ALL) as work:
            with pytest.raises(DBAPIError, match=r"written once|permission denied"):
                await work.session.execute(statement)

    async def test_destruction_is_audited(self, world: World, school: StaffedUnit) -> None:
        record = await create_ended_case(school)
        await destroy_due_records(world)
        async with world.runtime.work(ALL) as work:
            subjects = select(AuditSubject.entry_id).where(AuditSubject.subject_id == UUID(record.incident_id))
            bodies = await work.session.scalars(select(AuditEntry.body).where(AuditEntry.id.in_(subjects)))
            certificate = [body for body in bodies if "destroyed" in body]
        (entry,) = [json.loads(body) for body in certificate]
        assert {"act": "destroyed", "subject": record.incident_id} in entry["acts"]
        assert "destruction_certificate" in entry["written"]
        assert record.canary not in certificate[0]
        assert entry["actor"] is None
