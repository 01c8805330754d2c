"""The audit log: every write and every decryption has an entry, and each reader sees only permitted entries."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError

from app.models.audit import AuditEntry
from app.security.access.scope import ALL
from app.security.audit.chain import Signer, block_hash, climbed, is_signed
from tests.factories.accounts import create_user, sign_in
from tests.factories.attachments import create_attachment
from tests.factories.audit import seal_audit_log
from tests.factories.cases import create_discipline, set_severity
from tests.factories.child_cases import submit_plan
from tests.factories.duplicates import merge_incidents
from tests.factories.http import API, assert_problem, ok
from tests.factories.intakes import create_intake_with_receipt, read_thread, reply_to_reporter, write_by_receipt
from tests.factories.referrals import create_referral
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, create_unit
from tests.isolation.actors import fresh_user
from tests.world import Client, World

SCRIPT = Path(__file__).parents[2] / "docs" / "verify_audit.py"


async def entries(world: World, about: str | None = None, actor: UUID | None = None) -> list[dict[str, Any]]:
    async with world.runtime.work(ALL, write=False) as work:
        query = select(AuditEntry).order_by(AuditEntry.id)
        rows = await work.session.scalars(query if actor is None else query.where(AuditEntry.actor_id == actor))
        return [json.loads(row.body) for row in rows if about is None or row.about == about]


async def accesses(guardian: Client, incident_id: str, role: str) -> list[str]:
    """What a role did to a case, in the form its family may see."""
    seen = ok(await guardian.get(f"{API}/incidents/{incident_id}/access"))
    return [access["about"] for access in seen if access["role"] == role]


async def whole_case(world: World, school: StaffedUnit) -> dict[str, str]:
    """An incident with everything that can hang on it."""
    child, informant = {"name": "Bé Bịa", "birth_date": "2011-02-03"}, {"consent": True, "name": "Bà Bịa"}
    intake = await school.head.create_intake(children=[child], informant=informant)
    ids = {"incident": intake["incident_id"], "intake": intake["id"]}
    path = f"{API}/incidents/{ids['incident']}"
    ok(await set_severity(school.head, ids["incident"], "low"), 201)
    _, ids["told"] = await create_intake_with_receipt(world, school)
    ok(await reply_to_reporter(school.head, ids["told"], "Cảm ơn (bịa)"), 201)
    ok(await school.head.post(f"{API}/intakes/{ids['told']}/link", {"incident_id": ids["incident"]}))
    ids["person"] = next(p["id"] for p in ok(await school.head.get(f"{path}/persons")))
    ids["case"] = ok(await school.counsellor.post(f"{path}/cases", {"person_id": ids["person"]}), 201)["id"]
    ids["plan"] = await submit_plan(school, ids["case"])
    ids["step"] = ok(await school.head.get(f"{API}/cases/{ids['case']}/plans"))[0]["steps"][0]["id"]
    ids["attachment"] = (await create_attachment(school.head, ids["incident"]))["id"]
    ids["referral"] = (await create_referral(school.head, ids["incident"]))["id"]
    pupil = {"role": "perpetrator", "kind": "pupil", "name": "Em Bịa"}
    accused = ok(await school.head.post(f"{path}/persons", pupil), 201)["id"]
    ids["discipline"] = (await create_discipline(school.head, ids["incident"], accused))["id"]
    ok(await share_incident(school.head, ids["incident"], 2, grantee_unit_id=world.units["school_b1"]), 201)
    looker = (await create_unit(world, under="bureau_b")).head
    code = ok(await school.head.incident(ids["incident"]))["code"]
    opening = {"code": code, "reason": "Trẻ đang nguy hiểm (bịa)"}
    ids["emergency"] = ok(await looker.post(f"{API}/emergency-accesses", opening), 201)["id"]
    other = (await school.head.create_intake())["incident_id"]
    ok(await set_severity(school.head, other, "low"), 201)
    ok(await merge_incidents(school.head, ids["incident"], other), 201)
    return ids


def readings(case: dict[str, str]) -> list[tuple[str, str, object]]:
    """Each way to read of a case."""
    incident = f"/incidents/{case['incident']}"
    parts = ("persons", "timeline", "severities", "grants", "cases", "disciplines", "attachments", "merges")
    read = [
        incident,
        *(f"{incident}/{part}" for part in (*parts, "emergency-accesses", f"persons/{case['person']}")),
        *(f"/intakes/{case[which]}{part}" for which in ("intake", "told") for part in ("", "/messages")),
        f"/cases/{case['case']}",
        *(f"/cases/{case['case']}/{part}" for part in ("assessments", "plans")),
        f"/cases/{case['case']}/plans/{case['plan']}/steps/{case['step']}",
        f"/attachments/{case['attachment']}",
        f"/referrals/{case['referral']}",
        f"/disciplines/{case['discipline']}",
        f"/emergency-accesses/{case['emergency']}",
    ]
    looks: list[tuple[str, str, object]] = [
        ("POST", f"/intakes/{case['intake']}/informant", {"reason": "Xác minh (bịa)"}),
        ("GET", f"/intakes/{case['intake']}/informant/openings", None),
        ("POST", f"/attachments/{case['attachment']}/links", {"variant": "original"}),
    ]
    return [*(("GET", path, None) for path in read), *looks]


class TestEntries:
    async def test_entries_record_actor_and_action_without_words(self, world: World, school: StaffedUnit) -> None:
        intake = await school.head.create_intake(narrative="Chuyện rất riêng", children=[{"name": "Bé Bịa"}])
        ok(await school.head.incident(intake["incident_id"]))
        written, opened = await entries(world, actor=school.head.user_id)
        assert (written["about"], written["role"], written["unit"]) == ("create_intake", "school_head", str(school.id))
        assert written["written"]["incident"]["insert"] == [intake["incident_id"]]
        assert (opened["about"], opened["tier"]) == ("get_incident", 3)
        assert opened["opened"] == {"incident": [intake["incident_id"]]}
        assert "Bịa" not in json.dumps([written, opened], ensure_ascii=False)
        assert "riêng" not in json.dumps([written, opened], ensure_ascii=False)

    async def test_list_of_facts_is_not_audited(self, world: World, school: StaffedUnit) -> None:
        await school.head.create_intake()
        before = len(await entries(world, actor=school.head.user_id))
        for what in ("incidents", "intakes", "referrals", "cases", "clocks"):
            ok(await school.head.get(f"{API}/{what}"))
        assert len(await entries(world, actor=school.head.user_id)) == before

    async def test_reading_account_names_and_addresses_is_audited(self, world: World, school: StaffedUnit) -> None:
        administrator = await world.fresh_client("so.admin")
        body = {"unit_id": str(school.id), "address": f"vanthu.{school.id.hex}@example.edu.vn"}
        mailbox = ok(await administrator.post(f"{API}/mailboxes", body), 201)["id"]
        for path, table, shown in (
            (f"users/{school.head.user_id}", "user_account", {str(school.head.user_id)}),
            (f"users?unit_id={school.id}", "user_account", {str(each.user_id) for each in school.people.values()}),
            (f"mailboxes/{mailbox}", "mailbox", {mailbox}),
            ("mailboxes?limit=1", "mailbox", {mailbox}),
        ):
            ok(await administrator.get(f"{API}/{path}"))
            entry = (await entries(world, actor=administrator.user_id))[-1]
            assert set(entry["opened"][table]) == shown, path
            assert "written" not in entry
            assert "Người Thử" not in json.dumps(entry, ensure_ascii=False)

    async def test_empty_list_of_accounts_is_not_audited(self, world: World, school: StaffedUnit) -> None:
        administrator = await world.fresh_client("so.admin")
        before = len(await entries(world, actor=administrator.user_id))
        ok(await administrator.get(f"{API}/users", params={"unit_id": str(school.id), "role": "auditor"}))
        assert len(await entries(world, actor=administrator.user_id)) == before

    async def test_refused_or_rolled_back_action_is_not_audited(self, world: World, school: StaffedUnit) -> None:
        intake = await school.head.create_intake()
        before = len(await entries(world, actor=school.head.user_id))
        wrong = {"role": "nonsense"}
        path = f"{API}/incidents/{intake['incident_id']}/persons"
        assert (await school.head.post(path, wrong)).status_code == 422
        assert len(await entries(world, actor=school.head.user_id)) == before

    async def test_where_the_entry_cannot_be_written_nothing_is_shown(self, world: World, school: StaffedUnit) -> None:
        intake = await school.head.create_intake(narrative="Chuyện rất riêng")

        def fail(_: object, __: object, statement: str, *___: object) -> None:
            if "INSERT INTO audit_entry" in statement:
                raise sqlite3.OperationalError("disk full")

        engine = world.runtime.engine.sync_engine
        event.listen(engine, "before_cursor_execute", fail)
        try:
            answer = await school.head.incident(intake["incident_id"])
        finally:
            event.remove(engine, "before_cursor_execute", fail)
        assert answer.status_code >= 500
        assert "riêng" not in answer.text
        ok(await school.head.incident(intake["incident_id"]))

    async def test_sign_in_and_its_failure_are_audited(self, world: World) -> None:
        someone = await create_user(world)
        assert_problem(await sign_in(world, someone.username, "khong-phai-mat-khau-nay"), 401, "bad_credentials")
        ok(await sign_in(world, someone.username))
        entry = await entries(world, "sign_in")
        assert [e["acts"] for e in entry if "acts" in e][-1] == [{"act": "sign_in_refused", "subject": str(someone.id)}]
        assert "sign_in" in entry[-1]["written"]
        assert someone.username not in json.dumps(entry)

    async def test_entries_cannot_be_changed_or_deleted(self, world: World, school: StaffedUnit) -> None:
        await school.head.create_intake()
        refusal = "permission denied" if world.engine == "postgresql" else "written once"
        for statement in (
            "UPDATE audit_entry SET body = '{}'",
            "UPDATE audit_entry SET actor_id = NULL",
            "DELETE FROM audit_entry",
            "DELETE FROM audit_subject",
            "UPDATE audit_subject SET subject_id = entry_id",
            "UPDATE audit_subject SET entry_id = entry_id",
        ):
            async with world.runtime.engine.connect() as connection:
                with pytest.raises(DBAPIError, match=refusal):
                    await connection.execute(text(statement))


class TestViews:
    async def test_the_auditor_sees_the_acts_of_its_own_line(
        self, world: World, school: StaffedUnit, school_b1: Client, bureau_a: Client
    ) -> None:
        intake = await school.head.create_intake()
        await school_b1.create_intake()
        far = await world.client("z.head")
        await far.create_intake()
        auditor = await world.client("so.auditor")
        page = ok(await auditor.get(f"{API}/audit/entries", params={"incident_id": intake["incident_id"]}))["items"]
        assert {entry["about"] for entry in page} == {"create_intake"}
        own = ok(await auditor.get(f"{API}/audit/entries", params={"limit": 500}))["items"]
        assert {str(school.head.user_id), str(school_b1.user_id)} <= {entry["actor_id"] for entry in own}
        for other in (bureau_a, school.head):
            assert_problem(await other.get(f"{API}/audit/entries"), 403, "forbidden")
        elsewhere = await world.client("so2.auditor")
        theirs = ok(await elsewhere.get(f"{API}/audit/entries", params={"limit": 500}))["items"]
        assert str(far.user_id) in {entry["actor_id"] for entry in theirs}
        assert {entry["id"] for entry in theirs}.isdisjoint(entry["id"] for entry in own)
        hidden = await elsewhere.get(f"{API}/audit/entries", params={"incident_id": intake["incident_id"]})
        assert ok(hidden)["items"] == []

    async def test_auditor_of_the_accused_school_does_not_see_the_reporter(
        self, world: World, school_b1: Client, bureau_b: Client
    ) -> None:
        before = ok(await bureau_b.get(f"{API}/incidents"))["items"]
        await school_b1.create_intake(accused=[{"kind": "school_leader"}])
        (incident,) = [i for i in ok(await bureau_b.get(f"{API}/incidents"))["items"] if i not in before]
        own, above = [await fresh_user(world, unit, "auditor") for unit in ("school_b1", "bureau_b")]
        entries = ok(await own.get(f"{API}/audit/entries", params={"limit": 500}))["items"]
        assert incident["id"] not in str(entries)
        assert "accused_routing" not in str(entries)
        query = {"incident_id": incident["id"], "about": "create_intake"}
        assert ok(await own.get(f"{API}/audit/entries", params=query))["items"] == []
        (entry,) = ok(await above.get(f"{API}/audit/entries", params=query))["items"]
        assert entry["actor_id"] == str(school_b1.user_id)

    async def test_access_list_shows_roles_without_names(
        self, school: StaffedUnit, school_b1: Client, bureau_a: Client
    ) -> None:
        intake = await school.head.create_intake()
        ok(await bureau_a.incident(intake["incident_id"]))
        path = f"{API}/incidents/{intake['incident_id']}/access"
        seen = ok(await school.head.get(path))
        entry = [(a["role"], a["unit_kind"], a["about"], a["wrote"]) for a in seen]
        assert ("bureau_officer", "bureau", "get_incident", False) in entry
        assert ("school_head", "school", "create_intake", True) in entry
        assert set(seen[0]) == {"at", "role", "unit_kind", "about", "wrote"}
        assert_problem(await school_b1.get(path), 404, "not_found")

    async def test_access_list_shows_every_part_that_was_read(
        self, world: World, school: StaffedUnit, bureau_a: Client
    ) -> None:
        case = await whole_case(world, school)
        missed = []
        for method, path, body in readings(case):
            before = await accesses(school.head, case["incident"], "bureau_officer")
            answer = await bureau_a.call(method, f"{API}{path}", json=body)
            assert answer.is_success, (path, answer.text)
            if await accesses(school.head, case["incident"], "bureau_officer") == before:
                missed.append(path)
        assert missed == []

    async def test_access_list_includes_reads_before_the_link(
        self, world: World, school: StaffedUnit, bureau_a: Client
    ) -> None:
        incident_id = (await school.head.create_intake())["incident_id"]
        body = {"source_channel": "phone", "group": "school_violence", "open_incident": False}
        lone = body | {"narrative": "Chuyện bịa", "informant": {"consent": True, "name": "Bà Bịa"}}
        intake = f"{API}/intakes/{ok(await school.head.post(f'{API}/intakes', lone), 201)['id']}"
        ok(await bureau_a.get(intake))
        ok(await bureau_a.post(f"{intake}/informant", {"reason": "Xác minh (bịa)"}))
        assert await accesses(school.head, incident_id, "bureau_officer") == []
        ok(await school.head.post(f"{intake}/link", {"incident_id": incident_id}))
        seen = await accesses(school.head, incident_id, "bureau_officer")
        assert sorted(seen) == ["get_intake", "open_informant"]
        auditor = await world.client("so.auditor")
        log = ok(await auditor.get(f"{API}/audit/entries", params={"incident_id": incident_id}))["items"]
        assert {"get_intake", "open_informant"} <= {entry["about"] for entry in log}

    async def test_access_list_omits_the_reporter(self, world: World, school: StaffedUnit) -> None:
        receipt, intake_id = await create_intake_with_receipt(world, school)
        incident_id = ok(await school.head.post(f"{API}/intakes/{intake_id}/incident"), 201)["id"]
        ok(await write_by_receipt(world, receipt, "Còn nữa (bịa)"), 201)
        await read_thread(world, receipt)
        ok(await world.anonymous.post(f"{API}/public/receipts/status", {"receipt": receipt}))
        seen = ok(await school.head.get(f"{API}/incidents/{incident_id}/access"))
        assert {(access["role"], access["about"]) for access in seen} == {("school_head", "open_incident")}

    async def test_access_list_omits_other_cases(self, school: StaffedUnit, bureau_a: Client) -> None:
        case, other = await school.head.create_intake(), await school.head.create_intake()
        ok(await bureau_a.get(f"{API}/intakes/{other['id']}"))
        assert await accesses(school.head, case["incident_id"], "bureau_officer") == []

    async def test_an_entry_is_proven_without_the_database(self, world: World, school: StaffedUnit) -> None:
        await school.head.create_intake()
        await school.head.create_intake()
        auditor = await world.client("so.auditor")
        latest = ok(await auditor.get(f"{API}/audit/entries"))["items"][0]
        path = f"{API}/audit/entries/{latest['id']}/proof"
        assert_problem(await auditor.get(path), 409, "wrong_state")
        await seal_audit_log(world)
        proof = ok(await auditor.get(path))
        siblings = [bytes.fromhex(each) for each in proof["path"]]
        reached = climbed(bytes.fromhex(proof["leaf"]), proof["position"], proof["count"], siblings)
        assert reached.hex() == proof["root"]
        sealed = block_hash(proof["block"], proof["previous"], proof["root"], proof["count"], proof["sealed_at"])
        assert is_signed(sealed, proof["signature"], Signer(world.runtime.settings.keys_dir).public)

    async def test_a_short_script_proves_it_and_no_altered_one_passes(
        self, world: World, school: StaffedUnit, tmp_path: Path
    ) -> None:
        for _ in range(3):
            await school.head.create_intake()
        await seal_audit_log(world)
        auditor = await world.client("so.auditor")
        for entry in ok(await auditor.get(f"{API}/audit/entries"))["items"][:3]:
            proof = ok(await auditor.get(f"{API}/audit/entries/{entry['id']}/proof"))
            public = Signer(world.runtime.settings.keys_dir).public
            assert checked(tmp_path, entry, proof, public) == f"sealed in block {proof['block']}\n"
            other = {**entry, "body": entry["body"] + " "}
            for altered in (
                (other, proof, public),
                (entry, {**proof, "count": proof["count"] + 1}, public),
                (entry, {**proof, "sealed_at": "2020-01-01T00:00:00+00:00"}, public),
                (entry, proof, Signer(tmp_path).public),
            ):
                assert checked(tmp_path, *altered) == ""


def checked(directory: Path, entry: dict[str, Any], proof: dict[str, Any], public: str) -> str:
    """What the script says of them; nothing where it refuses."""
    files = [directory / name for name in ("entry.json", "proof.json", "audit.pub")]
    for file, content in zip(files, (json.dumps(entry), json.dumps(proof), public), strict=True):
        file.write_text(content, "utf-8")
    return subprocess.run([sys.executable, SCRIPT, *files], check=False, capture_output=True, text=True).stdout
