"""What is told of a child lies in no file of the database, moves to no other row, and survives a rotation of keys."""

import asyncio
import itertools
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import delete, select

from app.core import clock
from app.jobs.worker import Worker
from app.models.base import Base
from app.models.data_keys import DataKey
from app.models.incidents import Incident, IncidentPerson
from app.models.jobs import Job
from app.models.sealed import Sealed
from app.repositories.incidents import IncidentRepository
from app.security.scope import ALL
from app.services.data_keys import destroy_unused, rewrap_batch
from tests.services.acts import API, Place, founded, judge, ok, refer, refused, share, step, told
from tests.services.test_cases import ASSESSMENT, CLOSURE, PLAN, act, decide
from tests.world import World

CANARIES = 1000


class Planted:
    """Words that occur nowhere else."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def __call__(self) -> str:
        self.words.append(f"zqbia{len(self.words):05d}zq")
        return self.words[-1]


async def every_text_field(world: World, school: Place, plant: Planted) -> None:
    """One incident's life, each free text a canary."""
    taken = await school.head.take_in(
        narrative=plant(),
        place=plant(),
        predicted_consequence=plant(),
        actions_taken=plant(),
        children=[
            {
                "name": plant(),
                "class_name": plant(),
                "current_state": plant(),
                "family_situation": plant(),
                "present_carer": plant(),
                "father": {"name": plant(), "job": plant()},
                "mother": {"name": plant(), "job": plant()},
            }
        ],
        accused=[{"kind": "pupil", "name": plant(), "description": plant()}],
        informant={"consent": True, "name": plant(), "address": plant(), "relation": plant()},
    )
    incident_id = taken["incident_id"]
    path = f"{API}/incidents/{incident_id}"
    ok(await judge(school.head, incident_id, "moderate"), 201)
    referral = await refer(school.head, incident_id, contact_person=plant(), reference_given=plant(), request=plant())
    ok(await step(school.head, f"{API}/referrals/{referral['id']}", "acknowledge", person=plant()))
    ok(await school.head.post(f"{path}/persons", {"role": "witness", "name": plant(), "description": plant()}), 201)
    ok(await school.head.post(f"{API}/intakes/{taken['id']}/informant", {"reason": plant()}))
    person = next(p for p in ok(await school.head.get(f"{path}/persons")) if p["role"] == "victim")
    case_id = ok(await school.counsellor.post(f"{path}/cases", {"person_id": person["id"]}), 201)["id"]
    ok(await act(school.counsellor, case_id, "assessments", ASSESSMENT | {"note": plant()}), 201)
    steps = [{"service": "other", "description": plant(), "responsible": plant()}]
    plan = ok(await act(school.counsellor, case_id, "plans", PLAN | {"goal": plant(), "steps": steps}), 201)
    ok(await decide(school.head, case_id, plan["id"], "approve", reason=plant()))
    ok(await act(school.head, case_id, "closure", CLOSURE | {"evidence": plant()}))
    ok(await step(school.head, path, "dismiss", reason=plant()))
    await told(world, unit_id=str(school.id), narrative=plant(), school_name=plant())


def files_of(world: World) -> Iterable[bytes]:
    settings = world.runtime.settings
    yield from (file.read_bytes() for file in Path(settings.data_dir).rglob("*") if file.is_file())
    if world.database is None:
        return
    with psycopg.connect(world.database.admin_url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as copy:
                yield b"".join(bytes(block) for block in copy)


async def test_a_thousand_planted_words_lie_in_no_file_and_no_table(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    plant = Planted()
    school = await founded(world)
    while len(plant.words) < CANARIES:
        await every_text_field(world, school, plant)
    logged = capsys.readouterr()
    everything = b"".join(await asyncio.to_thread(lambda: list(files_of(world))))
    everything += (logged.out + logged.err).encode()
    assert str(school.id).encode() in everything or school.id.bytes.hex().encode() in everything, "it must find"
    assert [word for word in plant.words if word.encode() in everything] == []
    assert b"zqbia" not in everything


def sealed_models() -> list[Any]:
    return [m.class_ for m in Base.registry.mappers if issubclass(m.class_, Sealed)]


async def test_no_sealed_value_opens_in_another_row(world: World) -> None:
    school = await founded(world)
    for number in range(30):
        child = {"name": f"Bé Bịa {number}"}
        await school.head.take_in(children=[child] * 3, accused=[{"kind": "pupil", "name": "Trò Bịa"}])
    tried, opened = 0, 0
    async with world.runtime.work(ALL, write=False) as work:
        repository = IncidentRepository(work.session)
        newest = IncidentPerson.id.desc()
        query = select(IncidentPerson).where(IncidentPerson.sealed.is_not(None)).order_by(newest).limit(110)
        rows: list[IncidentPerson] = list(await repository.opened((await work.session.scalars(query)).all()))
        for one, other in itertools.permutations(rows, 2):
            tried += 1
            try:
                opened += bool(one.ciphered.open(other.sealed or "", one._place()))
            except ValueError:
                continue
    assert tried >= 10_000
    assert opened == 0


async def test_a_row_with_anothers_sealed_value_is_an_error_and_no_answer(world: World) -> None:
    school = await founded(world)
    one, other = [(await school.head.take_in(narrative=f"Chuyện bịa {n}"))["incident_id"] for n in range(2)]
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
    school = await founded(world)
    before = (await school.head.take_in(narrative="Trước"))["incident_id"]
    vault = world.runtime.vault
    former = vault.current
    vault.rotate()
    during = (await school.head.take_in(narrative="Trong"))["incident_id"]

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


async def test_the_worker_does_it_by_itself_and_destroys_a_key_an_hour_after_its_last_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.runtime.work(ALL) as work:
        await work.session.execute(delete(Job))
        await work.commit()
    world.runtime.vault.rotate()
    worker = Worker(world.runtime)
    await worker.schedule()
    real = clock.utc_now
    for number in range(200):
        if not world.runtime.vault.former:
            break
        if number == 100:
            assert world.runtime.vault.former, "a transaction that began before the rotation may still come"
            monkeypatch.setattr(clock, "utc_now", lambda: real() + timedelta(minutes=61))
        async with world.runtime.work(ALL) as work:
            for job in await work.session.scalars(select(Job).where(Job.kind == "rewrap")):
                job.run_at = work.now
            await work.commit()
        await worker.step()
    assert world.runtime.vault.former == {}


async def test_the_tiers_hold_over_sealed_words(world: World) -> None:
    school = await founded(world)
    agency = await founded(world, "agency", "department")
    incident_id = (await school.head.take_in(narrative="Lời kể bịa", place="Cổng sau"))["incident_id"]
    refused(await agency.partner.incident(incident_id), 404, "not_found")
    ok(await share(school.head, incident_id, 2, grantee_unit_id=agency.id), 201)
    seen = ok(await agency.partner.incident(incident_id))
    assert (seen["place"], seen["summary"], seen["masked"]) == ("Cổng sau", None, ["summary"])


@pytest.mark.parametrize("model", sealed_models(), ids=lambda model: str(model.__name__))
def test_no_model_keeps_free_text_beside_its_seal(model: Any) -> None:
    """A new column of words cannot be forgotten: texts of a sealed row are short codes, or the seal itself."""
    long = {c.name for c in model.__table__.columns if str(c.type) == "TEXT" and c.name != "sealed"}
    assert long == set()
