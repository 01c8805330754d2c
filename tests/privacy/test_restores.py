"""A restored backup brings nothing back: the ledger destroys again what came with it."""

import json
import sqlite3
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.core.settings import Settings
from app.main import create_app
from app.models.cases.incidents import Incident, IncidentPerson
from app.models.platform.data_keys import DataKey, ShredMark
from app.models.privacy.retention import DestructionCertificate
from app.security.access.scope import ALL
from app.security.crypto.shred_ledger import LEDGER
from app.services.privacy.shredding import is_settled, replay_ledger
from app.services.setup.refusals import StartRefusedError
from app.services.setup.start import check_database, open_runtime
from tests.factories.http import API, assert_problem, ok
from tests.factories.privacy import EndedCase, create_ended_case, destroy_due_records, live_keys, set_retention_periods
from tests.factories.units import StaffedUnit, create_unit
from tests.world import World, open_world


class TestRestore:
    async def restored(self, world: World, school: StaffedUnit, count: int = 3) -> list[EndedCase]:
        """Destroyed cases whose keys, and marks of destruction, a backup brought back."""
        records = [await create_ended_case(school) for _ in range(count)]
        backup = [await live_keys(world, record) for record in records]
        await destroy_due_records(world)
        async with world.runtime.work(ALL) as work:
            for keys in backup:
                for key_id, (wrapped, wrapping) in keys.items():
                    await work.session.execute(
                        update(DataKey)
                        .where(DataKey.id == key_id)
                        .values(wrapped=wrapped, wrapping=wrapping, destroyed_at=None)
                    )
            for record in records:
                incident_id = UUID(record.incident_id)
                await work.session.execute(update(Incident).where(Incident.id == incident_id).values(destroyed_at=None))
                await work.session.execute(
                    update(IncidentPerson).where(IncidentPerson.incident_id == incident_id).values(estimated_age=12)
                )
            await work.commit()
        return records

    async def test_starting_destroys_again_what_came_back(self, world: World, school: StaffedUnit) -> None:
        records = await self.restored(world, school)
        certificate = json.dumps([await record.everything(school.head) for record in records])
        assert all(record.canary in certificate for record in records), "the backup did bring them back"
        await check_database(world.runtime)
        certificate = json.dumps([await record.everything(school.head) for record in records])
        assert sum(record.canary in certificate for record in records) == 0
        assert '"estimated_age": 12' not in certificate
        assert await replay_ledger(world.runtime) == 0

    async def test_readiness_fails_until_the_ledger_was_replayed(self, world: World, school: StaffedUnit) -> None:
        for _ in range(2):
            await self.restored(world, school, 1)
        async with world.runtime.work(ALL) as work:
            (mark,) = await work.session.scalars(select(ShredMark))
            before = list(world.runtime.ledger.stretches())[-2]
            mark.position, mark.head = before.last, before.head
            await work.commit()
        assert_problem(await world.http.get("/readyz"), 503, "unavailable")
        assert await replay_ledger(world.runtime) == 3, "the first came due again and went with the second"
        ok(await world.http.get("/readyz"))

    async def test_a_certificate_younger_than_the_backup_is_made_anew(
        self, school: StaffedUnit, tmp_path: Path
    ) -> None:
        """The whole file of SQLite, as an operator copies it back; the ledger stays where it is."""
        assert school
        async with open_world(tmp_path, None) as own:
            await set_retention_periods(own)
            place = await create_unit(own)
            records = [await create_ended_case(place) for _ in range(2)]
            settings = own.runtime.settings
            _copy(settings, tmp_path / "backup.db")
            await destroy_due_records(own)
            certificates = ok(await (await own.client("so.head")).get(f"{API}/retention/certificates"))["items"]
            assert sum(each["counts"]["incident"] for each in certificates) == len(records)
        (settings.data_dir / "athd.db").unlink()
        for extra in settings.data_dir.glob("athd.db-*"):
            extra.unlink()
        with sqlite3.connect(tmp_path / "backup.db") as backup, sqlite3.connect(settings.data_dir / "athd.db") as live:
            backup.backup(live)
        runtime = open_runtime(settings)
        assert not await is_settled(runtime)
        app = create_app(settings)
        async with app.router.lifespan_context(app):
            assert await is_settled(runtime)
        async with runtime.work(ALL) as work:
            alive = await work.session.scalars(select(Incident).where(Incident.destroyed_at.is_(None)))
            assert {str(incident.id) for incident in alive}.isdisjoint(record.incident_id for record in records)
            found = {each.number: each for each in await work.session.scalars(select(DestructionCertificate))}
            assert found.keys() == {each["number"] for each in certificates}
            assert all(each.decision == "ledger" for each in found.values())
        await runtime.close()

    async def test_a_lost_or_foreign_ledger_stops_the_start(self, world: World, school: StaffedUnit) -> None:
        await create_ended_case(school)
        await destroy_due_records(world)
        path = world.runtime.settings.ledger_dir / LEDGER
        whole = path.read_bytes()
        try:
            path.unlink()
            with pytest.raises(StartRefusedError, match="shred ledger"):
                await check_database(world.runtime)
            path.write_bytes(whole.replace(b"incident", b"intake", 1))
            with pytest.raises(StartRefusedError, match="shred ledger"):
                await check_database(world.runtime)
            assert_problem(await world.http.get("/readyz"), 503, "unavailable")
        finally:
            path.write_bytes(whole)
        await check_database(world.runtime)

    async def test_a_crash_between_ledger_and_database_is_ended_by_the_next_run(
        self, world: World, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        record = await create_ended_case(school)

        async def crash(*_: object) -> None:
            raise ConnectionError

        with monkeypatch.context() as broken:
            broken.setattr("app.services.privacy.shredding.ShreddingService._certify", crash)
            with pytest.raises(ConnectionError):
                await destroy_due_records(world)
        assert record.canary in json.dumps(await record.everything(school.head))
        assert not await is_settled(world.runtime)
        await destroy_due_records(world)
        assert record.canary not in json.dumps(await record.everything(school.head))
        assert await is_settled(world.runtime)


def _copy(settings: Settings, target: Path) -> None:
    with sqlite3.connect(settings.data_dir / "athd.db") as live, sqlite3.connect(target) as copy:
        live.backup(copy)
