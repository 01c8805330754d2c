"""A school's session beside three other schools' rows: every way to ask or to write is filtered or refused aloud.

Left out are the ways that no session can know: an engine's own connection, and a file opened beside it. The layers
of imports forbid them to everything but the repositories' base; on PostgreSQL they show no row (test_settings).
"""

import re
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.core.scoping import AccessClass
from app.models.accounts import User
from app.models.cases.incidents import Incident, IncidentPerson
from app.models.units import UnitKind
from app.security.access.criteria import ScopeError, scoped_models
from app.security.access.scope import ALL, Access, Scope
from app.security.access.scope import Range as PathRange
from tests.isolation.estate import Estate
from tests.isolation.figures import publish
from tests.isolation.read_shapes import READS
from tests.isolation.rule import Case
from tests.isolation.write_shapes import BAD, WRITES, Field
from tests.world import World

pytestmark = [pytest.mark.isolation, pytest.mark.filterwarnings("ignore:SELECT statement has a cartesian product")]
SCHOOLS = ("school_a2", "school_b1", "school_z")
WORD = re.compile(r"zq\d{6}t\dzq")
REFUSALS = (ScopeError, SQLAlchemyError)


async def _estate(world: World) -> tuple[Estate, Case, list[Case]]:
    estate = Estate(world, {})
    await estate.open()
    own = await estate.case("own", "school_a1")
    foreign = [await estate.case(f"of_{school}", school) for school in SCHOOLS]
    for case in (own, *foreign):
        case.ids["unit"] = world.units[case.holder]
    return estate, own, foreign


def _scope(estate: Estate) -> Scope:
    """The school's line, for somebody with whom nothing is shared."""
    line = PathRange.under(estate.paths["school_a1"])
    return Scope((Access(line, line, new_id(), new_id()),) * len(AccessClass))


async def _foreign_words(world: World, estate: Estate) -> set[str]:
    """Every word and id that a school may not read, of any test; its own words are excluded."""
    own: set[str] = set()
    foreign: set[str] = set()
    path = estate.paths["school_a1"]
    async with world.runtime.work(ALL, write=False) as work:
        for model in scoped_models():
            for row in await work.session.scalars(select(model)):
                words = own if row.org_path.startswith(path) else foreign
                words |= {str(v) for k, v in vars(row).items() if k in {"id", "location", "name", "full_name"} and v}
                words |= set(WORD.findall(str(vars(row))))
    return foreign - own


async def _run(world: World, scope: Scope, act: Callable[[AsyncSession], Awaitable[Any]]) -> tuple[str, Any]:
    async with world.runtime.work(scope) as work:
        try:
            found = await act(work.session)
            await work.commit()
        except REFUSALS as error:
            return f"refused ({type(error).__name__})", None
    return "filtered", found


async def _with(shape: Callable[[AsyncSession, Any], Awaitable[Any]], given: object, session: AsyncSession) -> Any:
    return await shape(session, given)


def _report(engine: str, kind: str, outcomes: dict[str, str]) -> None:
    tally = Counter(outcome.split(" ")[0] for outcome in outcomes.values())
    publish(f"{engine}: {len(outcomes)} {kind} shapes, {dict(tally)}")


async def test_no_shape_of_reading_shows_a_foreign_row(world: World) -> None:
    estate, _, foreign = await _estate(world)
    words, scope = await _foreign_words(world, estate), _scope(estate)
    outcomes: dict[str, str] = {}
    for name, shape in READS.items():
        outcome, found = await _run(world, scope, partial(_with, shape, foreign[0]))
        shown = str(found)
        leaked = [word for word in words if word in shown] or (name in BY_PRESENCE and found and str(found))
        outcomes[name] = f"leaked {leaked}" if leaked else outcome
    _report(world.engine, "reading", outcomes)
    assert {name: outcome for name, outcome in outcomes.items() if outcome.startswith("leaked")} == {}
    assert len(READS) + len(WRITES) >= 100


BY_PRESENCE = {"in_subquery", "exists", "exists_select", "core_in_where", "core_in_exists", "text_in_where"}


async def test_counts_hold_own_rows_only(world: World) -> None:
    estate, *_ = await _estate(world)
    path = estate.paths["school_a1"]
    async with world.runtime.work(ALL, write=False) as work:
        own = await work.session.scalar(
            select(func.count()).select_from(Incident).where(Incident.org_path.startswith(path))
        )
    async with world.runtime.work(_scope(estate), write=False) as work:
        for counted in (
            select(func.count()).select_from(Incident),
            select(func.count(Incident.id)),
            select(func.count()).select_from(select(Incident.id).subquery()),
            select(func.count(func.distinct(Incident.id))),
        ):
            assert await work.session.scalar(counted) == own


async def _state(world: World, estate: Estate) -> dict[str, list[tuple[Any, ...]]]:
    """All scoped rows beyond the school, column by column, and the kinds of unit, into which rows might be carried."""
    path = estate.paths["school_a1"]
    async with world.runtime.work(ALL, write=False) as work:
        found = {
            model.__name__: sorted(
                tuple(row)
                for row in await work.session.execute(
                    select(*(getattr(model, c) for c in _plain(model))).where(~model.org_path.startswith(path))
                )
            )
            for model in (Incident, IncidentPerson, User)
        }
        found["UnitKind"] = [tuple(r) for r in await work.session.execute(select(UnitKind.code, UnitKind.label_vi))]
    return found


def _plain(model: type[Any]) -> tuple[str, ...]:
    text = {"Incident": "location", "IncidentPerson": "name", "User": "full_name"}[model.__name__]
    return ("id", "org_path", "version", text)


async def test_no_shape_of_writing_touches_a_foreign_row(world: World) -> None:
    estate, _, foreign = await _estate(world)
    scope = _scope(estate)
    outcomes: dict[str, str] = {}
    before = await _state(world, estate)
    for name, shape in WRITES.items():
        own = await estate.case("own", "school_a1")
        own.ids["unit"] = world.units["school_a1"]
        async with world.runtime.work(ALL, write=False) as work:
            loaded = await work.session.get_one(Incident, foreign[0].ids["incident_id"])
        field = Field(own, foreign[0], estate.paths["school_a1"], estate.paths[foreign[0].holder], loaded)
        outcome, _ = await _run(world, scope, partial(_with, shape, field))
        after = await _state(world, estate)
        outcomes[name] = outcome if after == before else "leaked"
        before = after
    _report(world.engine, "writing", outcomes)
    assert [name for name, outcome in outcomes.items() if outcome == "leaked"] == []
    assert BAD not in str(before)
    assert not await _carried(world, estate, foreign)


async def _carried(world: World, estate: Estate, foreign: list[Case]) -> list[str]:
    """Foreign words that own rows now hold."""
    async with world.runtime.work(ALL, write=False) as work:
        rows = await work.session.scalars(
            select(Incident.location).where(Incident.org_path.startswith(estate.paths["school_a1"]))
        )
        own = str(rows.all())
        theirs = await work.session.scalars(
            select(Incident.location).where(Incident.id.in_([case.ids["incident_id"] for case in foreign]))
        )
        return [word for word in theirs if word and word in own]
