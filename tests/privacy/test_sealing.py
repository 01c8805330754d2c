"""Sealed text about a child opens in no other row, and survives key rotation (test_canaries: where it is stored)."""

import asyncio
import itertools
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import delete, select

from app.core import time
from app.jobs.worker import Worker
from app.models.cases.clocks import Escalation
from app.models.cases.incidents import Incident, IncidentPerson, part_of
from app.models.commitments.agreements import CommitmentAgreement
from app.models.commitments.classes import CommitmentClass
from app.models.duplicates import IncidentMerge
from app.models.exports import Export
from app.models.intakes.forwardings import IntakeForwarding
from app.models.intakes.informants import Informant, InformantOpening, InformantSearch
from app.models.intakes.messages import Message
from app.models.intakes.set_asides import IntakeSetAside
from app.models.learners.learners import Learner
from app.models.learners.lookups import LearnerLookup
from app.models.platform.data_keys import DataKey
from app.models.platform.jobs import Job
from app.models.privacy.subject_requests import SubjectRequest
from app.models.registry import parts_of, sealed_models
from app.models.reports.reports import Report
from app.models.sealed import EncryptedRow
from app.models.sharing.emergency_accesses import EmergencyAccess
from app.models.uploads.uploads import Upload
from app.repositories.cases.incidents import IncidentRepository
from app.security.access.scope import ALL
from app.security.crypto.vault import WRAPPING, Vault
from app.services.platform.unit_of_work import UnitOfWork
from app.services.privacy.key_rotation import destroy_unused, rewrap_batch
from tests.factories.canaries import Canaries, create_full_incident
from tests.factories.http import API, assert_problem, ok, read_etag
from tests.factories.report_files import add_issued
from tests.factories.reports import act, create_chain, submit, submitted
from tests.factories.sharing import share_incident
from tests.factories.units import create_unit
from tests.factories.uploads import UPLOADS_PATH, table, upload
from tests.world import Client, World

ISSUANCE = {"number": 1, "symbol": "BC-BỊA", "issued_on": "2030-01-01", "place": "Bịa", "recipients": ["Phòng Bịa"]}
REPORT_MODELS = {Report, *(model for model, _ in parts_of("report"))}
UPLOAD_MODELS = {Upload, *(model for model, _ in parts_of("upload"))}
COMMITMENT_MODELS = {
    *(CommitmentClass, CommitmentAgreement),
    *(model for name in ("commitment_class", "commitment_agreement") for model, _ in parts_of(name)),
}
LEARNER_MODELS = {Learner, LearnerLookup, *(model for model, _ in parts_of("learner"))}


@pytest.mark.parametrize("is_sealed", [False, True])
async def test_words_without_a_cipher_or_its_key_are_refused_at_the_flush(world: World, *, is_sealed: bool) -> None:
    school = await create_unit(world)
    incident_id = UUID((await school.head.create_intake())["incident_id"])
    async with world.runtime.work(ALL) as work:
        incident = await work.session.get_one(Incident, incident_id)
        person = IncidentPerson(
            incident_id=incident.id, org_path=incident.org_path, role="witness", kind="pupil", name="Bịa"
        )
        if is_sealed:
            # The row does not name the key: nothing would open it again.
            person.unlock(work.new_cipher())
        work.session.add(person)
        with pytest.raises(LookupError):
            await work.flush()


async def test_words_for_a_row_that_was_not_opened_are_refused(world: World) -> None:
    school = await create_unit(world)
    incident_id = UUID((await school.head.create_intake())["incident_id"])
    async with world.runtime.work(ALL) as work:
        work.session.add(
            IncidentPerson(
                **part_of(await IncidentRepository(work.session).get(incident_id)), role="witness", kind="pupil"
            )
        )
        await work.commit()
    async with world.runtime.work(ALL) as work:
        person = await work.session.scalar(select(IncidentPerson).where(IncidentPerson.incident_id == incident_id))
        assert person is not None
        with pytest.raises(LookupError):
            person.name = "Bịa"


def tried(rows: list[EncryptedRow]) -> tuple[int, int]:
    """How many values were tried at the place of another row of their own key, and how many opened there."""
    pairs, opened = 0, 0
    for one, other in itertools.permutations(rows, 2):
        if one.key_id != other.key_id:
            continue
        pairs += 1
        with suppress(ValueError):
            one.row_cipher.open(other.sealed or "", one._aad())
            opened += 1
    return pairs, opened


async def sealed_rows(work: UnitOfWork, *models: Any) -> list[EncryptedRow]:
    """Every sealed row of some models, each opened."""
    repository, found = IncidentRepository(work.session), list[EncryptedRow]()
    for model in models:
        query = select(model).where(model.sealed.is_not(None))
        found += await repository.opened((await work.session.scalars(query)).all())
    return found


async def test_no_sealed_value_opens_in_another_row_of_its_case(world: World) -> None:
    """Under one key: what refuses is the place that a value is bound to, and nothing else."""
    school = await create_unit(world)
    people = [{"name": f"Bé Bịa {number}"} for number in range(50)]
    answer = await school.head.create_intake(children=people, accused=[{"kind": "pupil", **each} for each in people])
    incident_id = UUID(answer["incident_id"])
    for number in range(10):
        body = {"role": "witness", "name": f"Người Bịa {number}"}
        ok(await school.head.post(f"{API}/incidents/{incident_id}/persons", body), 201)
    async with world.runtime.work(ALL, write=False) as work:
        rows = [row for row in await sealed_rows(work, IncidentPerson) if row.incident_id == incident_id]  # type: ignore[attr-defined]
        assert len({row.key_id for row in rows}) == 1
        assert all(json.loads(row.row_cipher.open(row.sealed or "", row._aad())) for row in rows), "at home it opens"
        pairs, opened = await asyncio.to_thread(tried, rows)
    assert pairs >= 10_000
    assert opened == 0


async def test_no_sealed_value_of_a_case_opens_in_any_other_table_or_row_of_it(world: World) -> None:
    incident_id = UUID(await create_full_incident(await create_unit(world), Canaries()))
    async with world.runtime.work(ALL, write=False) as work:
        rows = await sealed_rows(work, *sealed_models())
        merge = next(row for row in rows if isinstance(row, IncidentMerge) and row.survivor_id == incident_id)
        look = max((row for row in rows if isinstance(row, InformantOpening)), key=lambda row: row.id)
        case = next(row for row in rows if isinstance(row, Incident) and row.id == incident_id)
        keys = {case.key_id, merge.key_id, look.key_id}
        rows = [row for row in rows if row.key_id in keys]
        pairs, opened = await asyncio.to_thread(tried, rows)
    alone = {
        Export,
        Informant,
        InformantSearch,
        SubjectRequest,
        *REPORT_MODELS,
        *LEARNER_MODELS,
        *UPLOAD_MODELS,
        *COMMITMENT_MODELS,
    }
    missing = set(sealed_models()) - alone - {type(row) for row in rows}
    unopened = {IntakeForwarding, IntakeSetAside}
    assert missing <= {Escalation, EmergencyAccess, Message} | unopened, (
        "these need a missed clock, a second unit, a stranger, an intake without an incident"
    )
    assert pairs >= 250
    assert opened == 0


async def test_no_sealed_value_of_a_report_opens_in_any_other_table_or_row_of_it(world: World) -> None:
    chain, department = await create_chain(world, 1), await world.client("so.head")
    [school], item = chain.schools, {"item": "A1", "reason": "does_not_match", "text": "Đối chiếu lại (bịa)"}
    report = chain.report(school)
    await submitted(school, report)
    ok(await act(chain.bureau.officer, report, "return", {"items": [item]}))
    ok(await submit(school.head, report))
    ok(await add_issued(school.head, report), 201)
    ok(await school.head.post(f"{report}/issuances", ISSUANCE), 201)
    ok(await act(chain.bureau.officer, report, "acceptance"))
    ok(await act(department, report, "lock"))
    ok(await act(school.head, report, "unlock-request", {"reason": "Sót một vụ (bịa)"}))
    async with world.runtime.work(ALL, write=False) as work:
        rows = await sealed_rows(work, *REPORT_MODELS)
        of_it = next(row for row in rows if isinstance(row, Report) and row.id == chain.reports[school.id])
        rows = [row for row in rows if row.key_id == of_it.key_id]
        pairs, opened = await asyncio.to_thread(tried, rows)
    assert {type(row) for row in rows} == REPORT_MODELS
    assert pairs >= 20
    assert opened == 0


async def test_no_sealed_value_of_an_upload_opens_in_another_row_of_it(world: World) -> None:
    school, head = await create_unit(world), "Mã lớp,Tên lớp,Khối,Cấp học"
    await upload(school.officer, table(head, *(f"6A{number},Lớp cũ {number},6,THCS" for number in range(5))), "classes")
    renamed = table(head, *(f"6A{number},Lớp mới {number},6,THCS" for number in range(5)))
    path = f"{UPLOADS_PATH}/{(await upload(school.officer, renamed, 'classes'))['id']}"
    tag = {"If-Match": await read_etag(school.head, path)}
    ok(await school.head.post(f"{path}/revert", {"reason": "Nhầm tệp (bịa)"}, headers=tag))
    async with world.runtime.work(ALL, write=False) as work:
        rows = await sealed_rows(work, *UPLOAD_MODELS)
        of_it = next(row for row in rows if isinstance(row, Upload) and str(row.id) in path)
        rows = [row for row in rows if row.key_id == of_it.key_id]
        pairs, opened = await asyncio.to_thread(tried, rows)
    assert {type(row) for row in rows} == UPLOAD_MODELS
    assert pairs >= 20
    assert opened == 0


async def test_an_older_value_of_the_same_row_opens_there_again(world: World) -> None:
    """What is not promised (decision 0005): a row put back as it was is for the audit log to find, not for the seal."""
    school = await create_unit(world)
    incident_id = (await school.head.create_intake(narrative="Trước"))["incident_id"]
    path = f"{API}/incidents/{incident_id}"
    query = select(Incident).where(Incident.id == UUID(incident_id))
    async with world.runtime.work(ALL) as work:
        older = (await work.session.scalars(query)).one().sealed
    ok(await school.head.patch(path, {"summary": "Sau"}, await read_etag(school.head, path)))
    async with world.runtime.work(ALL) as work:
        (await work.session.scalars(query)).one().sealed = older
        await work.commit()
    assert ok(await school.head.get(path))["summary"] == "Trước"


async def test_a_row_with_anothers_sealed_value_is_an_error_and_no_answer(world: World) -> None:
    school = await create_unit(world)
    one, other = [(await school.head.create_intake(narrative=f"Chuyện bịa {n}"))["incident_id"] for n in range(2)]
    async with world.runtime.work(ALL) as work:
        rows = {
            str(row.id): row
            for row in await work.session.scalars(select(Incident).where(Incident.id.in_([UUID(one), UUID(other)])))
        }
        rows[one].sealed, rows[one].key_id = rows[other].sealed, rows[other].key_id
        await work.commit()
    answer = await school.head.incident(one)
    assert answer.status_code == 500
    assert "Chuyện bịa" not in answer.text
    assert (await school.head.incident(other)).status_code == 200


async def test_keys_are_wrapped_anew_while_serving_and_the_old_one_is_destroyed(world: World) -> None:
    school = await create_unit(world)
    before = (await school.head.create_intake(narrative="Trước"))["incident_id"]
    vault = world.runtime.vault
    former = vault.current
    vault.rotate()
    during = (await school.head.create_intake(narrative="Trong"))["incident_id"]

    async def left() -> int:
        async with world.runtime.work(ALL, write=False) as work:
            return len((await work.session.scalars(select(DataKey).where(DataKey.wrapping == former))).all())

    assert await left() > 0
    async with world.runtime.work(ALL) as work:
        await destroy_unused(work, timedelta(0))
    assert former in vault.former, "it is still in use"
    while await left():
        async with world.runtime.work(ALL) as work:
            await rewrap_batch(work)
            await work.commit()
        ok(await school.head.incident(before))
    async with world.runtime.work(ALL) as work:
        await destroy_unused(work, timedelta(0))
    assert former not in vault.former
    for incident_id, words in ((before, "Trước"), (during, "Trong")):
        assert ok(await school.head.incident(incident_id))["summary"] == words


WRITERS = 8


@dataclass
class Storm:
    """Writers that create and read cases until stopped, and their failures."""

    people: list[Client]
    summaries: dict[str, str] = field(default_factory=dict)
    writes: Counter[int] = field(default_factory=Counter)
    reads: int = 0
    busy: int = 0
    failures: list[str] = field(default_factory=list)
    is_over: bool = False

    async def write(self, number: int) -> None:
        person = self.people[number % len(self.people)]
        while not self.is_over:
            words = f"Chuyện bịa {number}.{self.writes[number]}"
            body = {"source_channel": "in_person", "group": "school_violence", "narrative": words}
            answer = await self.patiently(partial(person.post, f"{API}/intakes", body))
            incident_id = str(ok(answer, 201)["incident_id"])
            self.summaries[incident_id] = words
            self.writes[number] += 1
            for readable_id in (incident_id, random.choice(list(self.summaries))):
                await self.read(person, readable_id)

    async def read(self, person: Client, incident_id: str) -> None:
        answer = await self.patiently(partial(person.incident, incident_id))
        self.reads += 1
        if answer.status_code != 200 or answer.json()["summary"] != self.summaries[incident_id]:
            self.failures.append(f"{incident_id}: {answer.status_code}")

    async def patiently(self, ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        """Ask again where the database had no time: SQLite has one writer, whatever its keys."""
        for _ in range(20):
            answer = await ask()
            if answer.status_code != 503:
                return answer
            self.busy += 1
        return answer

    async def blows(self, rounds: int) -> None:
        """Until every writer has written so often again."""
        until = {number: self.writes[number] + rounds for number in range(WRITERS)}
        while any(self.writes[number] < wanted for number, wanted in until.items()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def wrappings(world: World) -> set[str]:
    """The wrapping keys of all data keys that were not destroyed."""
    async with world.runtime.work(ALL, write=False) as work:
        return set(await work.session.scalars(select(DataKey.wrapping).where(DataKey.wrapped != "").distinct()))


def rotated(world: World) -> str:
    """By the operator's command, in a process of its own: the serving one has to notice."""
    settings = world.runtime.settings
    here = {
        "ATHD_ENVIRONMENT": "test",
        "ATHD_DATA_DIR": str(settings.data_dir),
        "ATHD_SECRETS_DIR": str(settings.keys_dir),
    }
    athd = Path(sys.executable).with_name("athd")
    ran = subprocess.run([athd, "keys", "rotate-wrapping"], env={**os.environ, **here}, capture_output=True, check=True)
    return ran.stdout.decode().strip()


async def test_a_rotation_in_a_storm_of_writes_fails_no_reader(world: World) -> None:
    school, vault = await create_unit(world), world.runtime.vault
    former, storm = vault.current, Storm([school.head, school.counsellor])
    async with asyncio.TaskGroup() as writers:
        for number in range(WRITERS):
            writers.create_task(storm.write(number))
        await storm.blows(2)
        new_key = await asyncio.to_thread(rotated, world)
        while former in await wrappings(world):
            async with world.runtime.work(ALL) as work:
                await rewrap_batch(work)
                await work.commit()
        await storm.blows(2)
        storm.is_over = True
    assert storm.failures == []
    assert storm.reads >= 2 * WRITERS * 4
    async with world.runtime.work(ALL) as work:
        await rewrap_batch(work)  # what began before the rotation and was committed after the last batch
        await work.commit()
    assert (vault.current, await wrappings(world)) == (new_key, {new_key})
    async with world.runtime.work(ALL) as work:
        work.now += timedelta(minutes=61)
        await destroy_unused(work)
    keyring = json.loads((world.runtime.settings.keys_dir / WRAPPING).read_text())
    print(f"{world.engine}: {sum(storm.writes.values())} cases created, {storm.reads} reads, {storm.busy} retried")
    assert (list(keyring["keys"]), keyring["retired"]) == ([new_key], {})
    for incident_id in storm.summaries:
        await storm.read(school.head, incident_id)
    assert storm.failures == []
    reopened = Vault(world.runtime.settings.keys_dir)
    async with world.runtime.work(ALL, write=False) as work:
        for key in await work.session.scalars(select(DataKey).where(DataKey.wrapped != "")):
            reopened.cipher(key)


async def test_the_worker_does_it_by_itself_and_destroys_a_key_an_hour_after_its_last_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.runtime.work(ALL) as work:
        await work.session.execute(delete(Job))
        await work.commit()
    world.runtime.vault.rotate()
    worker = Worker(world.runtime)
    await worker.schedule()
    real = time.utc_now
    for number in range(200):
        if not world.runtime.vault.former:
            break
        if number == 100:
            assert world.runtime.vault.former, "a transaction that began before the rotation may still come"
            monkeypatch.setattr(time, "utc_now", lambda: real() + timedelta(minutes=61))
        async with world.runtime.work(ALL) as work:
            for job in await work.session.scalars(select(Job).where(Job.kind == "rewrap")):
                job.run_at = work.now
            await work.commit()
        await worker.step()
    assert world.runtime.vault.former == {}


async def test_the_tiers_hold_over_sealed_words(world: World) -> None:
    school = await create_unit(world)
    agency = await create_unit(world, "agency", "department")
    incident_id = (await school.head.create_intake(narrative="Lời kể bịa", place="Cổng sau"))["incident_id"]
    assert_problem(await agency.partner.incident(incident_id), 404, "not_found")
    ok(await share_incident(school.head, incident_id, 2, grantee_unit_id=agency.id), 201)
    seen = ok(await agency.partner.incident(incident_id))
    assert (seen["place"], seen["summary"], seen["masked"]) == ("Cổng sau", None, ["summary"])


@pytest.mark.parametrize("model", sealed_models(), ids=lambda model: str(model.__name__))
def test_no_model_stores_free_text_unencrypted(model: Any) -> None:
    """A new column of words cannot be forgotten: texts of a sealed row are short codes, or the seal itself."""
    long = {c.name for c in model.__table__.columns if str(c.type) == "TEXT" and c.name != "sealed"}
    assert long == set()
