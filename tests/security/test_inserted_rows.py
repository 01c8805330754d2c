"""Rows that are inserted or updated without objects: within the scope on both layers, listed, and whole."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from app.core.ids import new_id
from app.core.time import utc_now
from app.models.learners.classes import SchoolClass
from app.models.learners.learners import Learner
from app.models.platform.data_keys import DataKey
from app.models.units import Unit
from app.repositories.learners.learners import LearnerRepository
from app.repositories.uploads.registry import RegistryRepository
from app.security.access import flush
from app.security.access.criteria import ScopeError
from app.security.access.flush import MANY_ROWS, StaleRowsError
from app.security.access.scope import ALL, Access, Range, Scope, ScopedSession
from app.services.platform.unit_of_work import UnitOfWork
from tests.factories.statements import sent
from tests.factories.units import StaffedUnit, create_unit
from tests.world import World

WORDS = {"ethnicity": "01", "nationality": None, "disability": None}


async def path_of(world: World, unit: StaffedUnit) -> str:
    async with world.runtime.work(ALL, write=False) as work:
        return str((await work.session.get_one(Unit, unit.id)).org_path)


def scope_at(path: str) -> Scope:
    return Scope((Access(Range.under(path), Range.under(path)),) * len(ALL.accesses))


def rows_at(work: UnitOfWork, unit: StaffedUnit, *paths: str) -> dict[Any, list[dict[str, Any]]]:
    """A learner, sealed under a key of its own, at each path."""
    keys, learners = list[dict[str, Any]](), list[dict[str, Any]]()
    for path in paths:
        key, cipher = work.runtime.vault.new_row(work.now)
        made = new_id()
        named = dict.fromkeys(("full_name", "folded_name", "sort_name"), "Học Sinh Mẫu")
        by = {"code": f"HS-{made.hex[-12:]}", "sex": "female", "created_at": utc_now(), "created_by": new_id()}
        sealed = Learner.sealed_as(made, cipher, WORDS)
        keys.append(key)
        learners.append({"id": made, "unit_id": unit.id, "org_path": path, **named, **by, **sealed})
    return {DataKey: keys, Learner: learners}


async def inserted(work: UnitOfWork, rows: dict[Any, list[dict[str, Any]]]) -> None:
    work.list_elsewhere("upload_rows", new_id())
    await RegistryRepository(work.session).insert_rows(rows)
    await work.commit()


@pytest.mark.parametrize("number", [1, 2, MANY_ROWS])
async def test_rows_are_whole_and_open_with_their_key(world: World, school: StaffedUnit, number: int) -> None:
    path = await path_of(world, school)
    async with world.runtime.work(scope_at(path)) as work:
        rows = rows_at(work, school, *[path] * number)
        await inserted(work, rows)
    async with world.runtime.work(scope_at(path), write=False) as work:
        found = await RegistryRepository(work.session).learners([row["id"] for row in rows[Learner]])
        said = [(each.ethnicity, each.nationality, each.version, each.birth_date, each.voided_at) for each in found]
    assert said == [("01", None, 1, None, None)] * number
    assert len({each.person_id for each in found}) == number


async def test_many_rows_are_checked_by_no_plan_for_small_tables(
    world: World, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL plans the check of a foreign key once for a connection, by the size that the other table has then."""
    monkeypatch.setattr(flush, "MOST_ROWS", 3)
    path = await path_of(world, school)
    found = []
    for number in (1, 2):
        async with world.runtime.work(scope_at(path)) as work:
            with sent(world) as said:
                await inserted(work, rows_at(work, school, *[path] * number))
        found.append(said.count("DISCARD PLANS"))
    assert found == [0, int(world.engine == "postgresql")]


async def test_a_row_of_a_foreign_path_is_refused_with_all_others(world: World, school: StaffedUnit) -> None:
    other = await create_unit(world)
    own, foreign = await path_of(world, school), await path_of(world, other)
    async with world.runtime.work(scope_at(own)) as work:
        with pytest.raises(ScopeError):
            await inserted(work, rows_at(work, other, own, foreign))
    async with world.runtime.work(ALL, write=False) as work:
        assert list(await work.session.scalars(select(Learner.id).where(Learner.unit_id == other.id))) == []


async def test_row_level_security_refuses_it_without_the_guard(
    world: World, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    if world.engine == "sqlite":
        pytest.skip("SQLite has no row-level security")
    other = await create_unit(world)
    own, foreign = await path_of(world, school), await path_of(world, other)
    monkeypatch.setattr(ScopedSession, "judge_rows", lambda *_: None)
    async with world.runtime.work(scope_at(own)) as work:
        rows = rows_at(work, other, own, foreign)
        with pytest.raises(ProgrammingError, match="row-level security"):
            await inserted(work, rows)


async def test_rows_that_are_listed_nowhere_are_refused(world: World, school: StaffedUnit) -> None:
    path = await path_of(world, school)
    async with world.runtime.work(scope_at(path)) as work:
        with pytest.raises(LookupError, match="listed nowhere"):
            await RegistryRepository(work.session).insert_rows(rows_at(work, school, path))


@pytest.mark.parametrize("wrong", [{"nickname": "Bi"}, {"cipher": None}], ids=str)
async def test_a_row_with_more_than_its_table_is_refused(
    world: World, school: StaffedUnit, wrong: dict[str, Any]
) -> None:
    path = await path_of(world, school)
    async with world.runtime.work(scope_at(path)) as work:
        with pytest.raises(LookupError, match="more than its table"):
            await inserted(work, {SchoolClass: [{"org_path": path, **wrong}]})


async def renamed(world: World, scope: Scope, rows: list[dict[str, Any]]) -> None:
    async with world.runtime.work(scope) as work:
        work.list_elsewhere("upload_rows", new_id())
        await LearnerRepository(work.session).update_rows(rows)
        await work.commit()


async def names_of(world: World, unit: StaffedUnit) -> list[str]:
    async with world.runtime.work(ALL, write=False) as work:
        return list(await work.session.scalars(select(Learner.sort_name).where(Learner.unit_id == unit.id)))


@pytest.mark.parametrize("number", [1, 2, MANY_ROWS + 1])
@pytest.mark.parametrize("is_shared", [False, True], ids=["each its own", "one for all"])
async def test_many_rows_are_updated_at_once_each_to_its_value(world: World, number: int, *, is_shared: bool) -> None:
    unit = await create_unit(world)
    path = await path_of(world, unit)
    async with world.runtime.work(scope_at(path)) as work:
        rows = rows_at(work, unit, *[path] * (number + 1))
        await inserted(work, rows)
    names = {row["id"]: "Một Tên" if is_shared else str(row["id"]) for row in rows[Learner][:number]}
    await renamed(
        world, scope_at(path), [{"id": key, "org_path": path, "sort_name": name} for key, name in names.items()]
    )
    assert sorted(await names_of(world, unit)) == sorted([*names.values(), "Học Sinh Mẫu"])


async def test_what_many_rows_share_is_sent_once(world: World, school: StaffedUnit) -> None:
    if world.engine == "sqlite":
        pytest.skip("SQLite inserts row by row")
    path = await path_of(world, school)
    async with world.runtime.work(scope_at(path)) as work:
        with sent(world) as statements:
            await inserted(work, rows_at(work, school, *[path] * MANY_ROWS))
    (insert,) = (each for each in statements if "INSERT INTO learner" in each)
    arrays = insert.count("[]")
    assert 0 < arrays < insert.count("$") - arrays


@pytest.mark.parametrize("layers", ["both", "guard off"])
async def test_no_row_of_another_unit_is_updated_whatever_path_is_given(
    world: World, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch, layers: str
) -> None:
    other = await create_unit(world)
    own, foreign = await path_of(world, school), await path_of(world, other)
    async with world.runtime.work(scope_at(foreign)) as work:
        rows = rows_at(work, other, foreign)
        await inserted(work, rows)
    if layers == "guard off":
        monkeypatch.setattr(ScopedSession, "judge_rows", lambda *_: None)
        if world.engine == "sqlite":
            pytest.skip("SQLite has no row-level security")
    for path in (own, foreign):
        with pytest.raises((ScopeError, StaleRowsError)):
            await renamed(world, scope_at(own), [{"id": rows[Learner][0]["id"], "org_path": path, "sort_name": "Khác"}])
    assert await names_of(world, other) == ["Học Sinh Mẫu"]


@pytest.mark.parametrize("wrong", [{"nickname": "Bi"}, {"org_path": None}], ids=str)
async def test_an_update_of_more_than_the_table_or_without_a_place_is_refused(
    world: World, school: StaffedUnit, wrong: dict[str, Any]
) -> None:
    path = await path_of(world, school)
    row = {"id": new_id(), "org_path": path, "sort_name": "Khác", **wrong}
    with pytest.raises(LookupError):
        await renamed(world, ALL, [{name: value for name, value in row.items() if value is not None}])
