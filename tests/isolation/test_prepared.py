"""One prepared statement serves many callers, each with the rows of its own scope alone."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, true
from sqlalchemy.orm import aliased, defer

from app.core.ids import new_id
from app.core.paging import PageRequest
from app.core.scoping import AccessClass
from app.models.cases.incidents import Incident, IncidentPerson, part_of
from app.models.sharing.grants import CaseGrant
from app.repositories.cases.incidents import IncidentRepository
from app.security.access import listings
from app.security.access.criteria import ScopeError
from app.security.access.listings import Asked, Filters, Listing
from app.security.access.prepared import Prepared, Shape
from app.security.access.scope import ALL, EVERYTHING, Access, Range, Scope, prepare, scoped_session
from app.security.access.statements import sole_entity
from tests.factories.clock import AdvanceClock
from tests.factories.http import list_ids
from tests.factories.units import create_unit
from tests.isolation.estate import Estate
from tests.world import World

pytestmark = pytest.mark.isolation
INCIDENTS: Any = Incident.__table__
ROUNDS = 3


def of_code(asked: Asked) -> Any:
    return select(Incident).where(*asked.equal(code=Incident.code))


def of_range(asked: Asked) -> Any:
    return select(Incident).where(asked.within(Incident))


def of_persons(asked: Asked) -> Any:
    persons = select(IncidentPerson.incident_id).where(IncidentPerson.role != "")
    return of_range(asked).where(Incident.id.in_(persons))


def of_columns(asked: Asked) -> Any:
    return select(Incident.id, Incident.code).where(*asked.equal(code=Incident.code))


def of_nested_columns(asked: Asked) -> Any:
    return of_persons(asked).with_only_columns(Incident.id)


COLUMNS, NESTED_COLUMNS = Listing(Incident, of_columns), Listing(Incident, of_nested_columns)
BY_CODE, OWN, NESTED = Listing(Incident, of_code), Listing(Incident, of_range), Listing(Incident, of_persons)
ROWS = {"guard alone": BY_CODE, "range named": OWN, "nested": NESTED}
ALL_LISTS = ROWS | {"columns": COLUMNS, "nested columns": NESTED_COLUMNS}
EACH = pytest.mark.parametrize("listing", ROWS.values(), ids=ROWS)
EACH_AND_COLUMNS = pytest.mark.parametrize("listing", ALL_LISTS.values(), ids=ALL_LISTS)


def line(path: str, unit_id: UUID | None = None, user_id: UUID | None = None) -> Scope:
    return Scope.to({AccessClass.CASE: Access(Range.under(path), unit_id=unit_id, user_id=user_id)})


async def estate_of(world: World) -> Estate:
    estate = Estate(world, {})
    await estate.open()
    return estate


async def plant(estate: Estate, *holders: str) -> list[UUID]:
    return [(await estate.case("prepared", holder)).ids["incident_id"] for holder in holders]


async def listed(world: World, scope: Scope, listing: Listing[Incident] = BY_CODE, **asked: str) -> set[UUID]:
    find = listing.columns if listing._build in {of_columns, of_nested_columns} else listing.page
    async with world.runtime.work(scope, write=False) as work:
        return {each.id for each in (await find(work.session, PageRequest(500, None), asked)).items}


async def statement(world: World, scope: Scope, listing: Listing[Incident] = BY_CODE) -> Prepared:
    """What is prepared for a scope without filters."""
    await listed(world, scope, listing)
    found = listing._prepared(scope, {"before": None, "limit": 1})
    assert found is not None
    return found


async def grant(world: World, incident_id: UUID, user_id: UUID, span: timedelta = timedelta(days=1)) -> None:
    async with world.runtime.work(ALL) as work:
        incident = await IncidentRepository(work.session).get(incident_id)
        row = CaseGrant(
            **part_of(incident),
            grantee_user_id=user_id,
            tier=2,
            created_at=work.now,
            expires_at=work.now + span,
        )
        row.reason = "Phối hợp (bịa)"
        work.session.add(row)
        await work.commit()


async def accuse(world: World, incident_id: UUID, unit_id: UUID) -> None:
    async with world.runtime.work(ALL) as work:
        keys = part_of(await IncidentRepository(work.session).get(incident_id))
        work.session.add(IncidentPerson(**keys, role="perpetrator", kind="staff", unit_id=unit_id))
        await work.commit()


async def user_id(world: World, name: str) -> UUID:
    found = (await world.client(name)).user_id
    assert found is not None
    return found


async def test_schools_that_alternate_list_their_own_over_http(world: World) -> None:
    one, two = await create_unit(world), await create_unit(world)
    own = [{str((await each.head.create_intake())["incident_id"])} for each in (one, two)]
    for what in ("incidents", "intakes", "notices", "clocks"):
        seen = [[await list_ids(each.head, what) for each in (one, two)] for _ in range(ROUNDS)]
        assert seen == [seen[0]] * ROUNDS
        assert seen[0][0].isdisjoint(seen[0][1])
        if what == "incidents":
            assert seen[0] == own


@EACH_AND_COLUMNS
async def test_units_alternate_on_one_statement(world: World, listing: Listing[Incident]) -> None:
    estate = await estate_of(world)
    one, two = await plant(estate, "school_a1", "school_b1")
    scopes = line(estate.paths["school_a1"]), line(estate.paths["school_b1"])
    assert await statement(world, scopes[0], listing) is await statement(world, scopes[1], listing)
    for _ in range(ROUNDS):
        first, second = [await listed(world, scope, listing) for scope in scopes]
        assert one in first - second
        assert two in second - first
        assert first.isdisjoint(second)


async def test_users_of_one_unit_alternate_on_one_statement(world: World, advance_clock: AdvanceClock) -> None:
    unit, users = new_id(), [await user_id(world, name) for name in ("a1.teacher", "a2.head")]
    shared, other = await plant(await estate_of(world), "school_b1", "school_b1")
    await grant(world, shared, users[0])
    await grant(world, other, users[1], timedelta(hours=1))
    scopes = [Scope.to({AccessClass.CASE: Access(unit_id=unit, user_id=user)}) for user in users]
    assert await statement(world, scopes[0]) is await statement(world, scopes[1])
    for _ in range(ROUNDS):
        first, second = [await listed(world, scope) for scope in scopes]
        assert (shared in first, other in first) == (True, False)
        assert (shared in second, other in second) == (False, True)
    advance_clock(hours=2)
    assert other not in await listed(world, scopes[1])


async def test_staff_of_different_former_units_alternate_on_one_statement(world: World) -> None:
    estate = await estate_of(world)
    of_a1, of_b1 = await plant(estate, "department", "department")
    units = world.units["school_a1"], world.units["school_b1"]
    for incident_id, unit_id in zip((of_a1, of_b1), units, strict=True):
        await accuse(world, incident_id, unit_id)
    whole = Access(EVERYTHING)
    scopes = [Scope.to({AccessClass.CASE: whole}, frozenset({unit})) for unit in units]
    assert await statement(world, scopes[0]) is await statement(world, scopes[1])
    for _ in range(ROUNDS):
        first, second = [await listed(world, scope) for scope in scopes]
        assert (of_a1 in first, of_b1 in first) == (False, True)
        assert (of_a1 in second, of_b1 in second) == (True, False)
    both = await listed(world, Scope.to({AccessClass.CASE: whole}, frozenset(units)))
    assert both.isdisjoint({of_a1, of_b1})
    assert await listed(world, Scope.to({AccessClass.CASE: whole})) >= {of_a1, of_b1}


@EACH_AND_COLUMNS
async def test_no_more_is_prepared_than_the_limit_and_the_rest_is_judged_each_time(
    world: World, listing: Listing[Incident], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listings, "MOST", 0)
    estate = await estate_of(world)
    one, two = await plant(estate, "school_a1", "school_b1")
    fresh = Listing(Incident, listing._build)
    for _ in range(ROUNDS):
        first, second = [await listed(world, line(estate.paths[key]), fresh) for key in ("school_a1", "school_b1")]
        assert one in first - second
        assert two in second - first
    assert fresh._prepared_by == {}


@pytest.mark.parametrize("named", [True, False])
def test_a_value_that_a_list_needs_is_never_left_out(*, named: bool) -> None:
    with pytest.raises(KeyError):
        Filters({"unit_id": None}, named=named)["unit_id"]


async def test_filters_are_values_of_one_statement(world: World) -> None:
    estate = await estate_of(world)
    scope = line(estate.paths["school_a1"])
    cases = [await estate.case("prepared", "school_a1") for _ in range(2)]
    for case in (*cases, *cases):
        assert await listed(world, scope, code=case.code) == {case.ids["incident_id"]}


async def test_a_scope_of_another_shape_does_not_run_it(world: World) -> None:
    estate = await estate_of(world)
    prepared = await statement(world, line(estate.paths["school_a1"]))
    others = (
        Scope(),
        Scope.to({AccessClass.CASE: Access(user_id=new_id())}),
        line(estate.paths["school_a1"], unit_id=new_id()),
        Scope.to({AccessClass.CASE: Access(EVERYTHING)}, frozenset({new_id()})),
    )
    for scope in others:
        async with world.runtime.work(scope, write=False) as work:
            with pytest.raises(ScopeError, match="another shape"):
                await work.session.scalars(prepared.statement, {"limit": 9})


@pytest.mark.parametrize(
    "foreign",
    [
        {"scope_case_lo": "/", "scope_case_hi": "0"},
        {"scope_case_unit": new_id()},
        {"scope_case_user": new_id()},
        {"scope_former_units": []},
        {"tier_1": 0},
        {"rank_1": 0},
    ],
    ids=lambda foreign: next(iter(foreign)),
)
async def test_values_of_a_scope_are_refused(world: World, foreign: dict[str, Any]) -> None:
    estate = await estate_of(world)
    scope = line(estate.paths["school_a1"], unit_id=new_id(), user_id=new_id())
    prepared = await statement(world, scope)
    async with world.runtime.work(scope, write=False) as work:
        for given in ({"limit": 9, **foreign}, [{"limit": 9, **foreign}]):
            with pytest.raises(ScopeError, match="does not ask for"):
                await work.session.scalars(prepared.statement, given)
        assert await work.session.scalars(prepared.statement, {"limit": 9})


@pytest.mark.parametrize("name", ["org_path_1", "org_path_2", "param_1", "now", "tier_1"])
async def test_no_parameter_replaces_a_value_of_ordinary_criteria(world: World, name: str) -> None:
    estate = await estate_of(world)
    await plant(estate, "school_b1")
    scope = line(estate.paths["school_a1"], unit_id=new_id(), user_id=new_id())
    async with world.runtime.work(scope, write=False) as work:
        with pytest.raises(ScopeError, match="does not name"):
            await work.session.scalars(select(Incident), {name: "/"})


@EACH
async def test_what_code_makes_of_a_prepared_statement_is_judged(world: World, listing: Listing[Incident]) -> None:
    estate = await estate_of(world)
    foreign = (await plant(estate, "school_b1"))[0]
    own, other = line(estate.paths["school_a1"]), line(estate.paths["school_b1"])
    values = {"scope_case_lo": "/", "scope_case_hi": "0", "limit": 500}
    changed = (await statement(world, other, listing)).statement.where(true())
    async with world.runtime.work(own, write=False) as work:
        found = {each.id for each in await work.session.scalars(changed, values)}
    assert found == await listed(world, own, listing)
    assert foreign not in found


async def of_session(world: World, scope: Scope, query: Any, given: dict[str, Any] | None) -> set[UUID]:
    async with world.runtime.work(scope, write=False) as work:
        rows = await work.session.run_sync(lambda session: scoped_session(session).columns(query, given))
    return {each.id for each in rows}


async def test_columns_are_of_the_own_scope_or_refused(world: World) -> None:
    estate = await estate_of(world)
    own, foreign = await plant(estate, "school_a1", "school_b1")
    scope, other = line(estate.paths["school_a1"]), line(estate.paths["school_b1"])
    query = (await statement(world, other, COLUMNS)).statement
    found = await of_session(world, scope, query, {"limit": 500})
    assert own in found
    assert foreign not in found
    changed = {"limit": 500, "scope_case_lo": "/", "scope_case_hi": "0"}
    assert await of_session(world, scope, query.where(true()), changed) == found
    with pytest.raises(ScopeError, match="another shape"):
        await of_session(world, line(estate.paths["school_a1"], unit_id=new_id()), query, {"limit": 500})
    with pytest.raises(ScopeError, match="does not ask for"):
        await of_session(world, scope, query, changed)
    with pytest.raises(ScopeError):
        await of_session(world, scope, select(INCIDENTS), None)


async def test_no_mark_makes_a_statement_a_prepared_one(world: World) -> None:
    estate = await estate_of(world)
    scope = line(estate.paths["school_a1"])
    prepared = await statement(world, scope)
    marked = select(INCIDENTS).execution_options(prepared=prepared, scope_prepared=True)
    marked = marked._annotate({"prepared": prepared, **prepared.statement._annotations})
    marked.prepared, marked.info = prepared, {"prepared": prepared}  # type: ignore[attr-defined]
    async with world.runtime.work(scope, write=False) as work:
        work.session.info["prepared"] = prepared
        with pytest.raises(ScopeError):
            await work.session.execute(marked)


@pytest.mark.parametrize(
    ("query", "is_alone"),
    [
        (select(Incident).where(Incident.code == "x").limit(1), True),
        (select(Incident).options(defer(Incident.sealed)), True),
        (select(Incident, Incident.code), True),
        (select(Incident.code, Incident.event_id.is_(None)), True),
        (select(aliased(Incident)), False),
        (select(aliased(Incident).code), False),
        (select(Incident.code, aliased(Incident).code), False),
        (select(Incident.code, func.count()), False),
        (select(Incident.code, IncidentPerson.id), False),
        (select(Incident).where(IncidentPerson.incident_id == Incident.id), False),
        (select(Incident).join(IncidentPerson, true()), False),
        (select(Incident).join(aliased(Incident), true()), False),
        (select(Incident).where(Incident.id.in_(select(IncidentPerson.incident_id))), False),
        (select(Incident).where(select(IncidentPerson.id).exists()), False),
        (select(Incident).order_by(select(func.count(IncidentPerson.id)).scalar_subquery()), False),
        (select(Incident).select_from(IncidentPerson), False),
        (select(Incident).where(Incident.id == select(Incident.id).cte("c").c.id), False),
    ],
)
def test_an_entity_alone_is_one_without_anything_beside_it(query: Any, *, is_alone: bool) -> None:
    assert (sole_entity(query) is Incident) == is_alone


async def test_what_criteria_do_not_reach_is_not_prepared() -> None:
    with pytest.raises(ScopeError):
        prepare(select(INCIDENTS), Shape.of(ALL))
