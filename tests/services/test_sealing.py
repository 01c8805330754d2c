"""What is told of a child moves to no other row, and survives a rotation of keys (test_canaries: where it lies)."""

import itertools
from datetime import timedelta
from typing import Any
from uuid import UUID

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
from tests.services.acts import founded, ok, refused, share
from tests.world import World


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
