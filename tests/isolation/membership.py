"""What a membership opens, shown on both layers. Usage: membership APPLICATION_URL OWNER_URL

Everything is invented. The models are of this process alone, so that no other test meets their tables.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, load_only

from app.core.database import create_engine
from app.core.ids import new_id
from app.core.scoping import AccessClass
from app.core.time import today
from app.models.base import Base
from app.models.registry import check
from app.security.access.criteria import ScopeError
from app.security.access.elevation import ElevationReason, elevated
from app.security.access.policies import APP_ROLE, policies_of
from app.security.access.scope import (
    ALL,
    EVERYTHING,
    Access,
    Range,
    Scope,
    bound_session,
)
from app.security.access.settings import SETTINGS, settings_of
from app.services.platform.unit_of_work import session_factory
from tests.isolation.membership_models import MODELS, TrialClass, TrialNote, TrialParent, TrialPupil, TrialTeacher

DAY = timedelta(days=1)
SCHOOL, NEIGHBOUR = "/m/d/s1/", "/m/d/s2/"


@dataclass(frozen=True)
class Trial:
    """Two classes of its own, the first with a pupil and a note, another class of the school, and four teachers."""

    own: UUID = field(default_factory=new_id)
    second: UUID = field(default_factory=new_id)
    other: UUID = field(default_factory=new_id)
    elsewhere: UUID = field(default_factory=new_id)
    teacher: UUID = field(default_factory=new_id)
    former: UUID = field(default_factory=new_id)
    future: UUID = field(default_factory=new_id)
    colleague: UUID = field(default_factory=new_id)

    def rows(self) -> list[Any]:
        periods = {
            self.teacher: (today(), None),
            self.former: (today() - 9 * DAY, today()),
            self.future: (today() + DAY, None),
        }
        teachers = [
            TrialTeacher(org_path=SCHOOL, class_id=self.own, user_id=user, valid_from=first, valid_to=end)
            for user, (first, end) in periods.items()
        ]
        teachers.append(
            TrialTeacher(org_path=SCHOOL, class_id=self.second, user_id=self.teacher, valid_from=today(), valid_to=None)
        )
        classes = [TrialClass(id=each, org_path=SCHOOL) for each in (self.own, self.second, self.other)]
        classes.append(TrialClass(id=self.elsewhere, org_path=NEIGHBOUR))
        pupils = [
            TrialPupil(org_path=path, class_id=class_id, name=name)
            for path, class_id, name in (
                (SCHOOL, self.own, "own"),
                (SCHOOL, self.other, "other class"),
                (NEIGHBOUR, self.elsewhere, "neighbour"),
            )
        ]
        pupils.append(TrialPupil(org_path=SCHOOL, class_id=self.own, name="own, left", left_on=today()))
        parents = [
            TrialParent(org_path=pupil.org_path, pupil_id=pupil.id, name=f"parent of {pupil.name}") for pupil in pupils
        ]
        notes = [TrialNote(org_path=SCHOOL, class_id=each, text="bịa") for each in (self.own, self.other)]
        notes.append(TrialNote(org_path=NEIGHBOUR, class_id=self.elsewhere, text="bịa"))
        return [*classes, *teachers, *pupils, *parents, *notes]


def scope_of(user_id: UUID) -> Scope:
    """Somebody who reaches no path at all."""
    return Scope.to({AccessClass.CASE: Access(user_id=user_id)})


@asynccontextmanager
async def session_of(engine: AsyncEngine, scope: Scope) -> AsyncIterator[AsyncSession]:
    async with session_factory(engine)() as fresh:
        yield bound_session(fresh, scope)


async def names(engine: AsyncEngine, user_id: UUID, column: InstrumentedAttribute[str] = TrialPupil.name) -> set[str]:
    async with session_of(engine, scope_of(user_id)) as session:
        return set(await session.scalars(select(column)))


async def reads_of_the_own_class_alone(engine: AsyncEngine, trial: Trial) -> None:
    assert await names(engine, trial.teacher) == {"own", "own, left"}
    assert await names(engine, trial.teacher, TrialParent.name) == {"parent of own"}
    for user_id in (trial.former, trial.future, trial.colleague):
        assert await names(engine, user_id) == set()
        assert await names(engine, user_id, TrialParent.name) == set()


async def note(session: AsyncSession, class_id: UUID) -> TrialNote | None:
    found: TrialNote | None = await session.scalar(select(TrialNote).where(TrialNote.class_id == class_id))
    return found


async def writes_what_is_declared_alone(engine: AsyncEngine, trial: Trial) -> None:
    async with session_of(engine, scope_of(trial.teacher)) as session:
        own = await note(session, trial.own)
        assert own is not None
        own.text = "đổi (bịa)"
        session.add(TrialNote(org_path=SCHOOL, class_id=trial.own, text="mới (bịa)"))
        await session.commit()
        changed = await session.execute(update(TrialNote).values(text="cả lớp (bịa)"))
        assert changed.rowcount == 2  # type: ignore[attr-defined]
        await session.commit()
    async with session_of(engine, ALL) as session:
        untouched = await note(session, trial.other)
        assert untouched is not None
        assert untouched.text == "bịa"


async def refuses_to_write_the_rest(engine: AsyncEngine, trial: Trial) -> None:
    for user_id, row in (
        (trial.teacher, TrialNote(org_path=SCHOOL, class_id=trial.other, text="bịa")),
        (trial.former, TrialNote(org_path=SCHOOL, class_id=trial.own, text="bịa")),
        (trial.colleague, TrialNote(org_path=SCHOOL, class_id=trial.own, text="bịa")),
        (trial.teacher, TrialPupil(org_path=SCHOOL, class_id=trial.own, name="bịa")),
    ):
        async with session_of(engine, scope_of(user_id)) as session:
            session.add(row)
            with pytest.raises(ScopeError):
                await session.flush()
    async with session_of(engine, scope_of(trial.teacher)) as session:
        own = await note(session, trial.own)
        assert own is not None
        own.org_path = NEIGHBOUR
        with pytest.raises(ScopeError):
            await session.flush()


async def refuses_a_row_of_the_own_class_at_another_unit(engine: AsyncEngine, trial: Trial) -> None:
    async with session_of(engine, scope_of(trial.teacher)) as session:
        session.add(TrialNote(org_path=NEIGHBOUR, class_id=trial.own, text="bịa"))
        with pytest.raises(IntegrityError):
            await session.commit()


async def refuses_to_move_rows(engine: AsyncEngine, trial: Trial) -> None:
    """Neither into a class or a unit of the caller's, where the row is only seen, nor out of the caller's class."""
    for column, value, only_read in (
        ("class_id", trial.own, True),
        ("class_id", trial.other, False),
        ("class_id", trial.second, False),
        ("org_path", SCHOOL, True),
    ):
        for how in (changes, changes_unseen, changes_and_deletes):
            async with session_of(engine, reading(trial.teacher) if only_read else scope_of(trial.teacher)) as session:
                row = await note(session, trial.elsewhere if only_read else trial.own)
                assert row is not None
                with pytest.raises(ScopeError):
                    await how(session, row, column, value)


def reading(user_id: UUID) -> Scope:
    """Somebody who reads every path and writes to one of them."""
    return Scope.to({AccessClass.CASE: Access(EVERYTHING, Range.under(SCHOOL), user_id=user_id)})


async def changes(session: AsyncSession, row: TrialNote, column: str, value: Any) -> None:
    setattr(row, column, value)
    await session.flush()


async def changes_unseen(session: AsyncSession, row: TrialNote, column: str, value: Any) -> None:
    """The session does not know the former value."""
    session.expire(row, [column])
    await changes(session, row, column, value)


async def changes_and_deletes(session: AsyncSession, row: TrialNote, column: str, value: Any) -> None:
    setattr(row, column, value)
    await session.delete(row)
    await session.flush()


async def refuses_to_move_many_rows(engine: AsyncEngine, trial: Trial) -> None:
    for statement in (
        update(TrialNote).values(class_id=trial.other),
        update(TrialNote).values({TrialNote.class_id: trial.other}),
        update(TrialNote).ordered_values((TrialNote.class_id, trial.other)),
        update(TrialNote).ordered_values((TrialNote.org_path, NEIGHBOUR)),
    ):
        async with session_of(engine, scope_of(trial.teacher)) as session:
            with pytest.raises(ScopeError):
                await session.execute(statement)


async def keeps_through_an_elevation_what_is_still_open(engine: AsyncEngine, trial: Trial) -> None:
    async with session_of(engine, scope_of(trial.teacher)) as session:
        own = await note(session, trial.own)
        assert own is not None
        async with elevated(session, ElevationReason.NOTICE):
            other = await note(session, trial.other)
            assert other is not None
            other.text = "nâng quyền (bịa)"
        own.text = "sau đó (bịa)"
        await session.flush()
        assert await session.get(TrialNote, other.id) is None
        with pytest.raises(ScopeError):
            session.add(other)
        await session.rollback()


async def forgets_what_an_elevation_closed(engine: AsyncEngine, trial: Trial) -> None:
    """The membership ends within it, or its row moves: what was read before is refused afterwards."""
    for closes in (ends_membership, moves_note):
        async with session_of(engine, scope_of(trial.teacher)) as session:
            own = await note(session, trial.own)
            assert own is not None
            async with elevated(session, ElevationReason.NOTICE):
                await closes(session, trial, own)
            assert await session.get(TrialNote, own.id) is None
            assert await session.scalar(select(TrialNote).where(TrialNote.id == own.id)) is None
            own.text = "sau đó (bịa)"
            with pytest.raises(ScopeError):
                session.add(own)
            await session.flush()
            async with elevated(session, ElevationReason.NOTICE):
                stored = await session.get(TrialNote, own.id)
                assert stored is not None
                assert stored.text != own.text
            await session.rollback()


async def ends_membership(session: AsyncSession, trial: Trial, _: TrialNote) -> None:
    for row in await session.scalars(select(TrialTeacher).where(TrialTeacher.user_id == trial.teacher)):
        row.valid_to = today()
        row.valid_from = today() - DAY


async def moves_note(_: AsyncSession, trial: Trial, own: TrialNote) -> None:
    own.org_path, own.class_id = NEIGHBOUR, trial.elsewhere


async def shows_no_part_of_a_row_of_an_elevation(engine: AsyncEngine, trial: Trial) -> None:
    """Also where its path was not read."""
    async with session_of(engine, scope_of(trial.teacher)) as session:
        async with elevated(session, ElevationReason.NOTICE):
            part = await session.scalar(
                select(TrialNote).where(TrialNote.class_id == trial.other).options(load_only(TrialNote.text))
            )
            assert part is not None
        assert await session.get(TrialNote, part.id) is None


async def refuses_a_savepoint_that_outlives_an_elevation(engine: AsyncEngine, trial: Trial) -> None:
    """Rolled back, it would bring back the settings of the elevation; one that ends within it, or before, does not."""
    async with session_of(engine, scope_of(trial.teacher)) as session:
        async with session.begin_nested(), elevated(session, ElevationReason.NOTICE), session.begin_nested():
            assert await note(session, trial.other) is not None
        with pytest.raises(ScopeError):
            async with elevated(session, ElevationReason.NOTICE):
                await session.begin_nested()
        assert await note(session, trial.other) is None
        assert await note(session, trial.own) is not None


async def row_level_security_says_the_same(engine: AsyncEngine, trial: Trial) -> None:
    """Below the ORM, with the settings that the session would set."""
    for user_id, seen in ((trial.teacher, {"own", "own, left"}), (trial.former, set()), (trial.colleague, set())):
        settings = settings_of(scope_of(user_id))
        async with engine.begin() as connection:
            await connection.execute(SETTINGS, {"names": list(settings), "values": list(settings.values())})
            rows = await connection.execute(text("SELECT name FROM trial_pupil"))
            assert {name for (name,) in rows} == seen
            parents = await connection.execute(text("SELECT name FROM trial_parent"))
            assert {name for (name,) in parents} == ({"parent of own"} if seen else set())
            added = insert(Base.metadata.tables["trial_note"]).values(
                id=new_id(), org_path=SCHOOL, class_id=trial.own if seen else trial.other, text="bịa"
            )
            if seen:
                await connection.execute(added)
            else:
                with pytest.raises(DBAPIError):
                    await connection.execute(added)
                await connection.rollback()


async def prepare(owner: AsyncEngine) -> None:
    tables = [Base.metadata.tables[str(model.__table__.name)] for model in MODELS]  # type: ignore[attr-defined]
    async with owner.begin() as connection:
        await connection.run_sync(Base.metadata.create_all, tables)
        if owner.dialect.name == "postgresql":
            for table, model in zip(tables, MODELS, strict=True):
                await connection.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table.name} TO {APP_ROLE}"))
                for statement in policies_of(model):
                    await connection.execute(text(statement))


async def clear(owner: AsyncEngine) -> None:
    async with owner.begin() as connection:
        for model in reversed(MODELS):  # the policies of the later ones read the first
            await connection.execute(text(f"DROP TABLE {model.__table__.name}"))  # type: ignore[attr-defined]


async def main(application_url: str, owner_url: str) -> None:
    engine, owner, trial = create_engine(application_url), create_engine(owner_url), Trial()
    check(MODELS)
    await prepare(owner)
    try:
        async with session_of(engine, ALL) as session:
            session.add_all(trial.rows())
            await session.commit()
        await reads_of_the_own_class_alone(engine, trial)
        await writes_what_is_declared_alone(engine, trial)
        await refuses_to_write_the_rest(engine, trial)
        await refuses_a_row_of_the_own_class_at_another_unit(engine, trial)
        await refuses_to_move_rows(engine, trial)
        await refuses_to_move_many_rows(engine, trial)
        await keeps_through_an_elevation_what_is_still_open(engine, trial)
        await forgets_what_an_elevation_closed(engine, trial)
        await shows_no_part_of_a_row_of_an_elevation(engine, trial)
        await refuses_a_savepoint_that_outlives_an_elevation(engine, trial)
        if engine.dialect.name == "postgresql":
            await row_level_security_says_the_same(engine, trial)
    finally:
        await engine.dispose()
        await clear(owner)
        await owner.dispose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
