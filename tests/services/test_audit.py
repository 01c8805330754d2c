"""The audit log: no write and no opened word without an entry, entries sealed, and every tampering found."""

# ruff: noqa: S608 — tampering is done in SQL, with our own tables and numbers
import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner, Result

from app import cli
from app.core.clock import today
from app.models.audit import AuditEntry
from app.models.base import Base
from app.security import audit_file
from app.security.audit_chain import Signer, block_hash, climbed, digest, is_signed
from app.security.audit_verifier import Checkpoint
from app.security.scope import ALL
from app.services.audit import AuditService, seal_entries
from benchmarks.postgres import Postgres
from tests.api.people import person, sign_in
from tests.conftest import ENGINES
from tests.isolation.actors import fresh_user
from tests.postgres import create_database
from tests.services.acts import API, Place, founded, judge, ok, refer, refused, share, tag, told
from tests.services.files import attached
from tests.services.test_cases import planned
from tests.services.test_disciplines import recorded
from tests.services.test_merges import merge
from tests.services.test_messages import answered, reported, thread, wrote
from tests.world import Client, World, open_world


@pytest.fixture
async def school(world: World) -> Place:
    return await founded(world)


async def entries(world: World, about: str | None = None, actor: UUID | None = None) -> list[dict[str, Any]]:
    async with world.runtime.work(ALL, write=False) as work:
        query = select(AuditEntry).order_by(AuditEntry.id)
        rows = await work.session.scalars(query if actor is None else query.where(AuditEntry.actor_id == actor))
        return [json.loads(row.body) for row in rows if about is None or row.about == about]


async def seal(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        await seal_entries(work)
        await work.commit()


async def damages(world: World, checkpoints: list[Checkpoint] | None = None) -> list[str]:
    async with world.runtime.work(ALL, write=False) as work:
        public = Signer(world.runtime.settings.keys_dir).public
        return [damage async for damage in AuditService(work).damages(public, checkpoints or [])]


async def accesses(guardian: Client, incident_id: str, role: str) -> list[str]:
    """What a role did to a case, as its family may be told."""
    seen = ok(await guardian.get(f"{API}/incidents/{incident_id}/access"))
    return [access["about"] for access in seen if access["role"] == role]


async def whole_case(world: World, school: Place) -> dict[str, str]:
    """An incident with everything that can hang on it."""
    child, informant = {"name": "Bé Bịa", "birth_date": "2011-02-03"}, {"consent": True, "name": "Bà Bịa"}
    taken = await school.head.take_in(children=[child], informant=informant)
    made = {"incident": taken["incident_id"], "intake": taken["id"]}
    path = f"{API}/incidents/{made['incident']}"
    ok(await judge(school.head, made["incident"], "low"), 201)
    _, made["told"] = await reported(world, school)
    ok(await answered(school.head, made["told"], "Cảm ơn (bịa)"), 201)
    ok(await school.head.post(f"{API}/intakes/{made['told']}/link", {"incident_id": made["incident"]}))
    made["person"] = next(p["id"] for p in ok(await school.head.get(f"{path}/persons")))
    made["case"] = ok(await school.counsellor.post(f"{path}/cases", {"person_id": made["person"]}), 201)["id"]
    made["plan"] = await planned(school, made["case"])
    made["step"] = ok(await school.head.get(f"{API}/cases/{made['case']}/plans"))[0]["steps"][0]["id"]
    made["attachment"] = (await attached(school.head, made["incident"]))["id"]
    made["referral"] = (await refer(school.head, made["incident"]))["id"]
    pupil = {"role": "perpetrator", "kind": "pupil", "name": "Em Bịa"}
    accused = ok(await school.head.post(f"{path}/persons", pupil), 201)["id"]
    made["discipline"] = (await recorded(school.head, made["incident"], accused))["id"]
    ok(await share(school.head, made["incident"], 2, grantee_unit_id=world.units["school_b1"]), 201)
    looker = (await founded(world, under="bureau_b")).head
    code = ok(await school.head.incident(made["incident"]))["code"]
    opening = {"code": code, "reason": "Trẻ đang nguy hiểm (bịa)"}
    made["emergency"] = ok(await looker.post(f"{API}/emergency-accesses", opening), 201)["id"]
    other = (await school.head.take_in())["incident_id"]
    ok(await merge(school.head, made["incident"], other), 201)
    return made


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


class TestTelling:
    async def test_a_write_and_an_opened_word_leave_who_what_and_no_word(self, world: World, school: Place) -> None:
        taken = await school.head.take_in(narrative="Chuyện rất riêng", children=[{"name": "Bé Bịa"}])
        ok(await school.head.incident(taken["incident_id"]))
        written, opened = await entries(world, actor=school.head.user_id)
        assert (written["about"], written["role"], written["unit"]) == ("create_intake", "school_head", str(school.id))
        assert written["written"]["incident"]["insert"] == [taken["incident_id"]]
        assert (opened["about"], opened["tier"]) == ("get_incident", 3)
        assert opened["opened"] == {"incident": [taken["incident_id"]]}
        assert "Bịa" not in json.dumps([written, opened], ensure_ascii=False)
        assert "riêng" not in json.dumps([written, opened], ensure_ascii=False)

    async def test_a_list_of_facts_opens_nothing_and_tells_nothing(self, world: World, school: Place) -> None:
        await school.head.take_in()
        before = len(await entries(world, actor=school.head.user_id))
        for what in ("incidents", "intakes", "referrals", "cases", "clocks"):
            ok(await school.head.get(f"{API}/{what}"))
        assert len(await entries(world, actor=school.head.user_id)) == before

    async def test_names_of_accounts_and_addresses_leave_who_saw_them(self, world: World, school: Place) -> None:
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
            told = (await entries(world, actor=administrator.user_id))[-1]
            assert set(told["opened"][table]) == shown, path
            assert "written" not in told
            assert "Người Thử" not in json.dumps(told, ensure_ascii=False)

    async def test_an_empty_list_of_accounts_tells_nothing(self, world: World, school: Place) -> None:
        administrator = await world.fresh_client("so.admin")
        before = len(await entries(world, actor=administrator.user_id))
        ok(await administrator.get(f"{API}/users", params={"unit_id": str(school.id), "role": "auditor"}))
        assert len(await entries(world, actor=administrator.user_id)) == before

    async def test_what_is_refused_or_undone_is_not_told_as_done(self, world: World, school: Place) -> None:
        taken = await school.head.take_in()
        before = len(await entries(world, actor=school.head.user_id))
        wrong = {"role": "nonsense"}
        path = f"{API}/incidents/{taken['incident_id']}/persons"
        assert (await school.head.post(path, wrong)).status_code == 422
        assert len(await entries(world, actor=school.head.user_id)) == before

    async def test_where_the_entry_cannot_be_written_nothing_is_shown(self, world: World, school: Place) -> None:
        taken = await school.head.take_in(narrative="Chuyện rất riêng")

        def fail(_: object, __: object, statement: str, *___: object) -> None:
            if "INSERT INTO audit_entry" in statement:
                raise sqlite3.OperationalError("disk full")

        engine = world.runtime.engine.sync_engine
        event.listen(engine, "before_cursor_execute", fail)
        try:
            answer = await school.head.incident(taken["incident_id"])
        finally:
            event.remove(engine, "before_cursor_execute", fail)
        assert answer.status_code >= 500
        assert "riêng" not in answer.text
        ok(await school.head.incident(taken["incident_id"]))

    async def test_signing_in_and_failing_to_are_told(self, world: World) -> None:
        someone = await person(world)
        refused(await sign_in(world, someone.username, "khong-phai-mat-khau-nay"), 401, "bad_credentials")
        ok(await sign_in(world, someone.username))
        told = await entries(world, "sign_in")
        assert [e["acts"] for e in told if "acts" in e][-1] == [{"act": "sign_in_refused", "subject": str(someone.id)}]
        assert "sign_in" in told[-1]["written"]
        assert someone.username not in json.dumps(told)

    async def test_nobody_changes_or_takes_away_what_was_told(self, world: World, school: Place) -> None:
        await school.head.take_in()
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
        self, world: World, school: Place, school_b1: Client, bureau_a: Client
    ) -> None:
        taken = await school.head.take_in()
        await school_b1.take_in()
        far = await world.client("z.head")
        await far.take_in()
        auditor = await world.client("so.auditor")
        page = ok(await auditor.get(f"{API}/audit/entries", params={"incident_id": taken["incident_id"]}))["items"]
        assert {entry["about"] for entry in page} == {"create_intake"}
        own = ok(await auditor.get(f"{API}/audit/entries", params={"limit": 500}))["items"]
        assert {str(school.head.user_id), str(school_b1.user_id)} <= {entry["actor_id"] for entry in own}
        for other in (bureau_a, school.head):
            refused(await other.get(f"{API}/audit/entries"), 403, "forbidden")
        elsewhere = await world.client("so2.auditor")
        theirs = ok(await elsewhere.get(f"{API}/audit/entries", params={"limit": 500}))["items"]
        assert str(far.user_id) in {entry["actor_id"] for entry in theirs}
        assert {entry["id"] for entry in theirs}.isdisjoint(entry["id"] for entry in own)
        hidden = await elsewhere.get(f"{API}/audit/entries", params={"incident_id": taken["incident_id"]})
        assert ok(hidden)["items"] == []

    async def test_an_accused_schools_auditor_does_not_learn_who_told(
        self, world: World, school_b1: Client, bureau_b: Client
    ) -> None:
        before = ok(await bureau_b.get(f"{API}/incidents"))["items"]
        await school_b1.take_in(accused=[{"kind": "school_leader"}])
        (incident,) = [i for i in ok(await bureau_b.get(f"{API}/incidents"))["items"] if i not in before]
        own, above = [await fresh_user(world, unit, "auditor") for unit in ("school_b1", "bureau_b")]
        entries = ok(await own.get(f"{API}/audit/entries", params={"limit": 500}))["items"]
        assert incident["id"] not in str(entries)
        assert "accused_routing" not in str(entries)
        query = {"incident_id": incident["id"], "about": "create_intake"}
        assert ok(await own.get(f"{API}/audit/entries", params=query))["items"] == []
        (told,) = ok(await above.get(f"{API}/audit/entries", params=query))["items"]
        assert told["actor_id"] == str(school_b1.user_id)

    async def test_a_family_hears_of_roles_and_of_no_names(
        self, school: Place, school_b1: Client, bureau_a: Client
    ) -> None:
        taken = await school.head.take_in()
        ok(await bureau_a.incident(taken["incident_id"]))
        path = f"{API}/incidents/{taken['incident_id']}/access"
        seen = ok(await school.head.get(path))
        told = [(a["role"], a["unit_kind"], a["about"], a["wrote"]) for a in seen]
        assert ("bureau_officer", "bureau", "get_incident", False) in told
        assert ("school_head", "school", "create_intake", True) in told
        assert set(seen[0]) == {"at", "role", "unit_kind", "about", "wrote"}
        refused(await school_b1.get(path), 404, "not_found")

    async def test_a_family_hears_of_every_part_of_a_case_that_was_read(
        self, world: World, school: Place, bureau_a: Client
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

    async def test_a_family_hears_of_who_read_an_intake_before_it_was_linked(
        self, world: World, school: Place, bureau_a: Client
    ) -> None:
        incident_id = (await school.head.take_in())["incident_id"]
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
        told = ok(await auditor.get(f"{API}/audit/entries", params={"incident_id": incident_id}))["items"]
        assert {"get_intake", "open_informant"} <= {entry["about"] for entry in told}

    async def test_a_family_does_not_hear_when_a_reporter_came(self, world: World, school: Place) -> None:
        receipt, intake_id = await reported(world, school)
        incident_id = ok(await school.head.post(f"{API}/intakes/{intake_id}/incident"), 201)["id"]
        ok(await wrote(world, receipt, "Còn nữa (bịa)"), 201)
        await thread(world, receipt)
        ok(await world.stranger.post(f"{API}/public/receipts/status", {"receipt": receipt}))
        seen = ok(await school.head.get(f"{API}/incidents/{incident_id}/access"))
        assert {(access["role"], access["about"]) for access in seen} == {("school_head", "open_incident")}

    async def test_a_family_hears_nothing_of_other_cases(self, school: Place, bureau_a: Client) -> None:
        case, other = await school.head.take_in(), await school.head.take_in()
        ok(await bureau_a.get(f"{API}/intakes/{other['id']}"))
        assert await accesses(school.head, case["incident_id"], "bureau_officer") == []

    async def test_an_entry_is_proven_without_the_database(self, world: World, school: Place) -> None:
        await school.head.take_in()
        await school.head.take_in()
        auditor = await world.client("so.auditor")
        latest = ok(await auditor.get(f"{API}/audit/entries"))["items"][0]
        path = f"{API}/audit/entries/{latest['id']}/proof"
        refused(await auditor.get(path), 409, "wrong_state")
        await seal(world)
        proof = ok(await auditor.get(path))
        siblings = [bytes.fromhex(each) for each in proof["path"]]
        reached = climbed(bytes.fromhex(proof["leaf"]), proof["position"], proof["count"], siblings)
        assert reached.hex() == proof["root"]
        sealed = block_hash(proof["block"], proof["previous"], proof["root"], proof["count"], proof["sealed_at"])
        assert is_signed(sealed, proof["signature"], Signer(world.runtime.settings.keys_dir).public)

    async def test_a_short_script_proves_it_and_no_altered_one_passes(
        self, world: World, school: Place, tmp_path: Path
    ) -> None:
        for _ in range(3):
            await school.head.take_in()
        await seal(world)
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


Tamper = Callable[["Log", int], None]
TAMPERINGS: dict[str, Tamper] = {}
ACTS = 15
SCRIPT = Path(__file__).parents[2] / "docs" / "verify_audit.py"
TABLES = ("audit_block", "audit_entry", "audit_subject")


class Log:
    """The stored log as its database's owner may write it, past every trigger, key and right."""

    def __init__(self, run: Callable[[str], object], query: Callable[[str], list[Any]]) -> None:
        self.run = run
        self.query = query

    def entry(self, number: int, where: str = "true") -> str:
        """The id of some sealed entry, as an SQL literal."""
        return self._one(number, f"SELECT id FROM audit_entry WHERE block IS NOT NULL AND {where} ORDER BY id")

    def block(self, number: int, where: str = "true") -> str:
        return self._one(number, f"SELECT number FROM audit_block WHERE {where} ORDER BY number")

    def subject(self, number: int) -> str:
        """What holds of one row of what entries are about."""
        rows = self.query("SELECT entry_id, subject_id FROM audit_subject ORDER BY entry_id, subject_id")
        entry, subject = rows[number % len(rows)]
        return f"entry_id = '{entry}' AND subject_id = '{subject}'"

    def last_block(self) -> int:
        return int(self.query("SELECT max(number) FROM audit_block")[0][0])

    def _one(self, number: int, query: str) -> str:
        rows = self.query(query)
        return f"'{rows[number % len(rows)][0]}'"


def tampering(act: Tamper) -> Tamper:
    TAMPERINGS[act.__name__] = act
    return act


# Each column of the log, and what it is changed to while everything beside it stays.
CHANGES = {
    "audit_entry.id": "'{other:032x}'",
    "audit_entry.unit_id": "id",
    "audit_entry.org_path": "'/x{n}/'",
    "audit_entry.at": "'2001-01-01 00:{n:02d}:00.000000'",
    "audit_entry.actor_id": "id",
    "audit_entry.role": "'partner'",
    "audit_entry.about": "'x{n}'",
    "audit_entry.body": "replace(body, '\"v\":1', '\"v\":{other}')",
    "audit_entry.digest": "'{other:064x}'",
    "audit_entry.block": "block + 1",
    "audit_entry.position": "position + 1",
    "audit_subject.entry_id": "(SELECT id FROM audit_entry WHERE id NOT IN (SELECT entry_id FROM s) LIMIT 1)",
    "audit_subject.subject_id": "entry_id",
    "audit_block.number": "number + 1000",
    "audit_block.previous": "'{other:064x}'",
    "audit_block.root": "'{other:064x}'",
    "audit_block.count": "count + 1",
    "audit_block.sealed_at": "'2001-01-01 00:{n:02d}:00.000000'",
    "audit_block.signature": "'{other:0128x}'",
}


def changing(column: str, value: str) -> Tamper:
    table, name = column.split(".")

    def act(log: Log, n: int) -> None:
        new = value.format(n=n, other=n + 2)
        one = {
            "audit_entry": lambda: f"id = {log.entry(n)}",
            "audit_subject": lambda: log.subject(n),
            "audit_block": lambda: f"number = {log.block(n)}",
        }[table]()
        log.run(f"WITH s AS (SELECT entry_id FROM audit_subject) UPDATE {table} SET {name} = {new} WHERE {one}")

    return act


TAMPERINGS |= {f"change {column}": changing(column, value) for column, value in CHANGES.items()}


def test_every_column_of_the_log_is_tampered_with() -> None:
    assert set(CHANGES) == {f"{table}.{c.name}" for table in TABLES for c in Base.metadata.tables[table].columns}


@tampering
def change_a_body_and_its_digest(log: Log, n: int) -> None:
    one = log.entry(n)
    body = log.query(f"SELECT body FROM audit_entry WHERE id = {one}")[0][0].replace('"v":1', f'"v":{n + 2}')
    log.run(f"UPDATE audit_entry SET body = '{body}', digest = '{digest(body)}' WHERE id = {one}")


@tampering
def hide_the_act_of_somebody_under_the_path_of_another_unit(log: Log, n: int) -> None:
    other = f"(SELECT max(org_path) FROM unit WHERE org_path <> audit_entry.org_path AND path_key > '{n % 8}')"
    log.run(f"UPDATE audit_entry SET org_path = {other} WHERE id = {log.entry(n, 'unit_id IS NOT NULL')}")


@tampering
def hide_an_act_without_a_unit_under_another_path(log: Log, n: int) -> None:
    log.run(f"UPDATE audit_entry SET org_path = '/x{n}/' WHERE id = {log.entry(n, 'unit_id IS NULL')}")


@tampering
def take_an_act_from_its_unit(log: Log, n: int) -> None:
    log.run(f"UPDATE audit_entry SET unit_id = NULL WHERE id = {log.entry(n, 'unit_id IS NOT NULL')}")


@tampering
def delete_a_subject(log: Log, n: int) -> None:
    log.run(f"DELETE FROM audit_subject WHERE {log.subject(n)}")


@tampering
def delete_the_subjects_of_an_entry(log: Log, n: int) -> None:
    log.run(f"DELETE FROM audit_subject WHERE entry_id = {log.entry(n, 'id IN (SELECT entry_id FROM audit_subject)')}")


@tampering
def delete_all_subjects(log: Log, _: int) -> None:
    log.run("DELETE FROM audit_subject")


@tampering
def delete_all_subjects_of_a_case(log: Log, n: int) -> None:
    cases = log.query("SELECT DISTINCT subject_id FROM audit_subject ORDER BY subject_id")
    log.run(f"DELETE FROM audit_subject WHERE subject_id = '{cases[n % len(cases)][0]}'")


@tampering
def add_a_subject(log: Log, n: int) -> None:
    log.run(f"INSERT INTO audit_subject (entry_id, subject_id) VALUES ({log.entry(n)}, '{n + 1:032x}')")


@tampering
def delete_an_entry(log: Log, n: int) -> None:
    log.run(f"DELETE FROM audit_entry WHERE id = {log.entry(n)}")


@tampering
def swap_two_entries(log: Log, n: int) -> None:
    block = log.block(n, "count > 1")
    log.run(f"UPDATE audit_entry SET position = 1 - position WHERE block = {block} AND position < 2")


@tampering
def forge_an_entry_into_a_block(log: Log, n: int) -> None:
    log.run(
        "INSERT INTO audit_entry (id, org_path, at, about, body, digest, block, position)"
        f" SELECT '{n + 1:032x}', org_path, at, about, body, digest, block,"
        " (SELECT count FROM audit_block WHERE number = block) FROM audit_entry"
        f" WHERE id = {log.entry(n)}"
    )


@tampering
def forge_an_entry_into_a_block_that_is_not_there(log: Log, n: int) -> None:
    log.run(
        "INSERT INTO audit_entry (id, org_path, at, about, body, digest, block, position)"
        f" SELECT '{n + 1:032x}', org_path, at, about, body, digest, 1000, 0 FROM audit_entry"
        f" WHERE id = {log.entry(n)}"
    )


@tampering
def move_an_entry_to_an_earlier_block(log: Log, n: int) -> None:
    log.run(f"UPDATE audit_entry SET block = 1 WHERE id = {log.entry(n, 'block > 1')}")


@tampering
def delete_a_block(log: Log, n: int) -> None:
    log.run(f"DELETE FROM audit_block WHERE number = {log.block(n)}")


@tampering
def sign_with_the_signature_of_another_block(log: Log, n: int) -> None:
    one, other = log.block(n), log.block(n + 1)
    log.run(
        f"UPDATE audit_block SET signature = (SELECT signature FROM audit_block WHERE number = {other})"
        f" WHERE number = {one}"
    )


@tampering
def cut_off_the_end(log: Log, n: int) -> None:
    beyond = max(1, log.last_block() - n % 3)
    log.run(f"DELETE FROM audit_subject WHERE entry_id IN (SELECT id FROM audit_entry WHERE block >= {beyond})")
    log.run(f"DELETE FROM audit_entry WHERE block >= {beyond}")
    log.run(f"DELETE FROM audit_block WHERE number >= {beyond}")


@tampering
def unseal_an_entry(log: Log, n: int) -> None:
    log.run(f"UPDATE audit_entry SET block = NULL, position = NULL WHERE id = {log.entry(n)}")


@pytest_asyncio.fixture(params=ENGINES)
async def own_world(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    server: Postgres | None = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
    database = create_database(server, "audit") if server else None
    async with open_world(tmp_path, database) as opened:
        yield opened


def tampered(world: World, act: Tamper, number: int) -> Iterator[None]:
    """The act done by the owner, and undone afterwards."""
    if world.database is None:
        yield from _on_sqlite(world, act, number)
    else:
        yield from _on_postgres(world, act, number)


def _on_sqlite(world: World, act: Tamper, number: int) -> Iterator[None]:
    path = world.runtime.settings.data_dir / "athd.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        saved = {t: connection.execute(f"SELECT * FROM {t}").fetchall() for t in TABLES}
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'").fetchall()
        connection.execute("BEGIN IMMEDIATE")
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        act(Log(connection.execute, lambda sql: connection.execute(sql).fetchall()), number)
        connection.execute("COMMIT")
        yield
        connection.execute("BEGIN IMMEDIATE")
        for table in reversed(TABLES):
            connection.execute(f"DELETE FROM {table}")
        for table, rows in saved.items():
            connection.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)
        for _, sql in triggers:
            connection.execute(sql)
        connection.execute("COMMIT")


def _on_postgres(world: World, act: Tamper, number: int) -> Iterator[None]:
    assert world.database is not None
    with psycopg.connect(world.database.admin_url, autocommit=True) as connection:
        # As a replica would: no key is checked.
        connection.execute("SET session_replication_role = replica")
        for table in TABLES:
            connection.execute(f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table}".encode())
        log = Log(
            lambda sql: connection.execute(sql.encode()),
            lambda sql: connection.execute(sql.encode()).fetchall(),
        )
        act(log, number)
        yield
        for table in reversed(TABLES):
            connection.execute(f"DELETE FROM {table}".encode())
        for table in TABLES:
            connection.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}".encode())
            connection.execute(f"DROP TABLE kept_{table}".encode())


async def logged(world: World) -> Checkpoint:
    """A log of four blocks, of acts with and without a unit, upon cases and upon none; its checkpoint."""
    school = await world.client("a1.head")
    for number in range(4):
        incident_id = (await school.take_in())["incident_id"]
        ok(await judge(school, incident_id, "low"), 201)
        await told(world, narrative="Chuyện bịa", unit_id=str(world.units["school_a1"]))
        refused(await sign_in(world, f"khong.co.{number}"), 401, "bad_credentials")
        await seal(world)
    async with world.runtime.work(ALL) as work:
        return await AuditService(work).checkpoint(Signer(world.runtime.settings.keys_dir))


async def test_every_class_of_tampering_is_found_every_time(own_world: World) -> None:
    point = await logged(own_world)
    assert await damages(own_world, [point]) == []
    found = dict.fromkeys(TAMPERINGS, 0)
    for name, act in TAMPERINGS.items():
        for number in range(ACTS):
            for _ in tampered(own_world, act, number):
                found[name] += bool(await damages(own_world, [point]))
    assert found == dict.fromkeys(TAMPERINGS, ACTS)
    assert await damages(own_world, [point]) == []


async def exported(world: World) -> list[bytes]:
    async with world.runtime.work(ALL, write=False) as work:
        return [line.encode() async for line in AuditService(work).export()]


async def test_an_export_shows_what_the_log_itself_shows(own_world: World) -> None:
    point = await logged(own_world)
    public = Signer(own_world.runtime.settings.keys_dir).public
    assert list(audit_file.damages(await exported(own_world), public, [point])) == []
    for name, act in TAMPERINGS.items():
        for _ in tampered(own_world, act, 7):
            shown = await damages(own_world, [point])
            assert list(audit_file.damages(await exported(own_world), public, [point])) == shown != [], name


def drop(lines: list[bytes], kind: bytes) -> list[bytes]:
    """Without the last line of a kind."""
    at = max(at for at, line in enumerate(lines) if line.startswith(b'{"%s"' % kind))
    return lines[:at] + lines[at + 1 :]


GARBLED: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "nothing": lambda _: [],
    "another file": lambda _: [b'{"hello":"world"}\n'],
    "no head": lambda lines: lines[1:],
    "an entry less": lambda lines: drop(lines, b"entry"),
    "a block less": lambda lines: drop(lines, b"block"),
    "an entry twice": lambda lines: [*lines, lines[-1]],
    "the units less": lambda lines: [line for line in lines if not line.startswith(b'{"path"')],
    "blocks in another order": lambda lines: [lines[0], *sorted(lines[1:], reverse=True)],
    "half a line": lambda lines: [*lines[:-1], lines[-1][:100]],
    "a number for a body": lambda lines: [*lines[:-1], b'{"entry":{"body":1}}\n'],
    "no text": lambda lines: [*lines, b"\xff\xfe\n"],
    "deep nonsense": lambda lines: [*lines, b"[" * 100_000],
    "another word": lambda lines: [line.replace(b"create_intake", b"create_nothing") for line in lines],
}


async def test_an_export_is_verified_by_the_command_without_a_database(
    own_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = await logged(own_world)
    settings = own_world.runtime.settings
    monkeypatch.setattr(cli, "Settings", lambda: settings)
    file, again, points = tmp_path / "log.jsonl", tmp_path / "again.jsonl", tmp_path / "checkpoints"
    points.write_text(f"{json.dumps(asdict(point))}\n")
    for target in (file, again):
        assert (await athd("audit", "export", str(target))).exit_code == 0
    assert file.read_bytes() == again.read_bytes()
    assert file.stat().st_mode & 0o077 == 0

    def none() -> None:
        raise AssertionError("no settings are needed")

    monkeypatch.setattr(cli, "Settings", none)
    key = Signer(settings.keys_dir).public
    verify = ("audit", "verify", "--file", str(again), "--key", key, "--checkpoints", str(points))
    whole = await athd(*verify)
    assert (whole.exit_code, whole.stdout) == (0, "the audit log is whole\n")
    assert (await athd("audit", "verify", "--file", str(again))).exit_code == 2
    kept = tmp_path / "audit.pub"
    kept.write_text(f"{key}\n")
    assert (await athd("audit", "verify", "--file", str(again), "--key", str(kept))).exit_code == 0
    assert (await athd("audit", "verify", "--file", str(again), "--key", "khong-phai-khoa")).exit_code == 2
    assert (await athd("audit", "verify", "--file", str(again), "--key", "00" * 32)).exit_code == 1
    for name, garble in GARBLED.items():
        again.write_bytes(b"".join(garble(file.read_bytes().splitlines(keepends=True))))
        result = await athd(*verify)
        assert (result.exit_code, result.stdout.split()[-1]) == (1, "damages"), (name, result.output)
        assert result.stderr.strip(), name


async def athd(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, cli.cli, list(arguments))


async def test_the_command_verifies_the_live_log(own_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await logged(own_world)
    settings = own_world.runtime.settings
    monkeypatch.setattr(cli, "Settings", lambda: settings)
    assert (await athd("audit", "verify")).exit_code == 0
    for _ in tampered(own_world, delete_a_subject, 3):
        result = await athd("audit", "verify")
    assert (result.exit_code, result.stdout) == (1, "1 damages\n")
    assert result.stderr.endswith("was changed\n")


async def test_a_log_is_whole_where_units_moved_since(own_world: World) -> None:
    school = await own_world.client("a1.head")
    await school.take_in()
    await told(own_world, narrative="Chuyện bịa", unit_id=str(own_world.units["school_a1"]))
    await seal(own_world)
    head, path = await own_world.client("so.head"), f"{API}/units/{own_world.units['school_a1']}"
    moved = {
        "parent_id": str(own_world.units["bureau_b"]),
        "effective_on": (today() - timedelta(days=1)).isoformat(),
        "decision_number": "77/QĐ-MẪU",
    }
    ok(await head.post(f"{path}/moves", moved, headers={"If-Match": await tag(head, path)}), 201)
    await seal(own_world)
    async with own_world.runtime.work(ALL, write=False) as work:
        mine = select(AuditEntry.body, AuditEntry.org_path).where(AuditEntry.actor_id == school.user_id)
        rows = (await work.session.execute(mine)).all()
    assert all(json.loads(body)["path"] != now for body, now in rows)
    assert await damages(own_world) == []


async def test_two_sealers_at_once_seal_each_entry_once(own_world: World) -> None:
    school = await own_world.client("a1.head")
    for _ in range(20):
        await school.take_in()
    await asyncio.gather(*(seal(own_world) for _ in range(4)), return_exceptions=True)
    await seal(own_world)
    assert await damages(own_world) == []
    async with own_world.runtime.work(ALL, write=False) as work:
        left = select(func.count()).select_from(AuditEntry).where(AuditEntry.block.is_(None))
        assert await work.session.scalar(left) == 0
