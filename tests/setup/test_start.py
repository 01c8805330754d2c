"""Starting and founding: nothing is served that is not safe, and an installation is founded once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import select, update

from app.core.problems import Problem
from app.models.accounts import User
from app.models.deadlines import ClockRule
from app.models.units import Unit
from app.security.access.roles import Role
from app.security.access.scope import ALL
from app.services.platform.unit_of_work import Runtime
from app.services.setup.installation import create_installation
from app.services.setup.migrating import migrate
from app.services.setup.reference_data import load_reference_data
from app.services.setup.refusals import StartRefusedError
from app.services.setup.start import check_database, open_runtime, schema_head
from tests.world import World, settings_for


class TestChecks:
    async def test_a_sound_installation_starts(self, world: World) -> None:
        await check_database(world.runtime)

    async def test_an_older_schema_is_refused(self, world: World) -> None:
        with pytest.raises(StartRefusedError, match="athd migrate"):
            await check_database(replace(world.runtime, schema_head="ffffffffffff"))

    async def test_an_empty_database_is_refused(self, tmp_path: Path) -> None:
        runtime = open_runtime(settings_for(tmp_path, None))
        with pytest.raises(StartRefusedError, match="athd migrate"):
            await check_database(runtime)
        await runtime.close()

    async def test_postgresql_without_its_second_line_of_defence_is_refused(self, world: World) -> None:
        if world.database is None:
            pytest.skip("SQLite has one role")
        owner = open_runtime(world.runtime.settings.as_owner())
        with pytest.raises(StartRefusedError, match="owns the tables"):
            await check_database(owner)
        await owner.close()

    async def test_a_clock_rule_with_an_unknown_event_is_refused(self, empty: Runtime) -> None:
        await check_database(empty)
        async with empty.work(ALL) as work:
            await work.session.execute(update(ClockRule).values(met_by=["mistyped"]))
            await work.commit()
        with pytest.raises(StartRefusedError, match="mistyped"):
            await check_database(empty)

    def test_secrets_are_the_owners_of_the_process_only(self, tmp_path: Path) -> None:
        settings = settings_for(tmp_path, None)
        open_runtime(settings)
        assert settings.data_dir.stat().st_mode & 0o077 == 0
        assert settings.keys_dir.stat().st_mode & 0o077 == 0

    def test_the_schema_has_one_head(self) -> None:
        assert schema_head()


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Runtime]:
    settings = settings_for(tmp_path, None)
    runtime = open_runtime(settings)
    await asyncio.to_thread(migrate, settings.owner_url)
    async with runtime.work(ALL) as work:
        await load_reference_data(work)
        await work.commit()
    yield runtime
    await runtime.close()


class TestFounding:
    async def found(self, runtime: Runtime, administrator: str = "quan.tri") -> str:
        async with runtime.work(ALL) as work:
            password = await create_installation(work, "Sở Giáo dục Bịa", "so-bia", administrator)
            await work.commit()
            return password

    async def test_there_are_a_ministry_a_department_and_its_administrator(self, empty: Runtime) -> None:
        password = await self.found(empty)
        async with empty.work(ALL) as work:
            units = {unit.kind: unit for unit in await work.session.scalars(select(Unit))}
            [user] = (await work.session.scalars(select(User))).all()
        assert set(units) == {"ministry", "department"}
        assert units["department"].org_path.startswith(units["ministry"].org_path)
        assert (user.username, user.role) == ("quan.tri", Role.SYSTEM_ADMINISTRATOR)
        assert (user.unit_id, user.org_path) == (units["department"].id, units["department"].org_path)
        assert user.must_change_password
        assert await empty.passwords.verify(password, user.password_hash)

    async def test_installation_is_created_once(self, empty: Runtime) -> None:
        await self.found(empty)
        with pytest.raises(Problem, match="duplicate"):
            await self.found(empty, "nguoi.khac")

    @pytest.mark.parametrize("username", ["Quan.Tri", "quản.trị", "a", "quan tri"])
    async def test_first_administrator_must_be_able_to_sign_in(self, empty: Runtime, username: str) -> None:
        with pytest.raises(ValidationError):
            await self.found(empty, username)
        await self.found(empty)
