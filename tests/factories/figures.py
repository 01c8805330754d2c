"""Figures of computed sources, counted as one reader, and the facts they come from. All of it invented."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from app.core.ids import new_id
from app.core.vocabulary import Dimension
from app.models.accounts import User
from app.models.units import Unit
from app.repositories.reports.figures import Contribution
from app.repositories.reports.sources.extents import Extent
from app.schemas.reports.definitions import Definition
from app.security.access.principal import Principal
from app.security.access.roles import Role
from app.security.access.scope import ALL, Range, Scope
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.consolidation.computation import compute, contributions, merged_incidents, overlaps
from tests.factories.cases import set_severity, transition
from tests.factories.http import API, ok, read_etag
from tests.reports.templates.definitions import definition, indicator
from tests.world import Client

FIRST, LAST, YEAR = date(2026, 8, 1), date(2027, 7, 31), "2026-2027"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose figures are counted for which days, as known when; by default of the school year, as known now."""

    unit_id: UUID
    first: date = FIRST
    last: date = LAST
    cut_off: datetime | None = None
    below: Sequence[UUID] = ()


Counted = dict[tuple[str, str], tuple[int | None, int | None]]


def asking(source: str, *breakdowns: Dimension, **members: Any) -> Definition:
    """A template with one indicator, `X`."""
    by = {"breakdowns": [[each] for each in breakdowns]}
    return definition(indicator("X", source=source, **by | members))


async def count_figures(reader: Client, asked: Asked, wanted: Definition) -> Counted:
    """The computed figures as one reader's session counts them."""
    async with reader.world.runtime.work(ALL) as work:
        extent = await _extent(work, asked)
        below = await _paths(work, asked)
        principal = await _principal(work, reader)
    async with reader.world.runtime.work(Scope.of(principal), principal, write=False) as work:
        found = await compute(work, extent, wanted, below)
    return {key: (value.numerator, value.denominator) for key, value in found.items()}


async def count_one(reader: Client, asked: Asked, source: str, **members: Any) -> int | None:
    """The total of one source."""
    found = await count_figures(reader, asked, asking(source, **members))
    return found["X", ""][0]


async def count_cells(reader: Client, asked: Asked, source: str, by: Dimension) -> dict[str, int | None]:
    """The cells of one source by one dimension, by code."""
    found = await count_figures(reader, asked, asking(source, by))
    return {cell.removeprefix(f"{by}="): value for (_, cell), (value, _) in found.items() if cell}


async def list_overlaps(reader: Client, asked: Asked, wanted: Definition) -> dict[tuple[str, str], int]:
    """By how much the figures of a unit's parts are more than its whole."""
    async with reader.world.runtime.work(ALL, write=False) as work:
        extent = await _extent(work, asked)
        return await overlaps(work, extent, wanted, await _paths(work, asked), await merged_incidents(work, extent))


async def list_contributions(reader: Client, asked: Asked, wanted: Definition) -> list[Contribution]:
    async with reader.world.runtime.work(ALL, write=False) as work:
        extent = await _extent(work, asked)
        return (await contributions(work, extent, wanted.indicators().values()))["X"]


async def _extent(work: UnitOfWork, asked: Asked) -> Extent:
    unit = await work.session.get_one(Unit, asked.unit_id)
    cut_off = asked.cut_off or work.now
    return Extent(unit.id, Range.under(unit.org_path), asked.first, asked.last, cut_off, work.now, YEAR)


async def _paths(work: UnitOfWork, asked: Asked) -> list[str]:
    return [(await work.session.get_one(Unit, unit_id)).org_path for unit_id in asked.below]


async def _principal(work: UnitOfWork, reader: Client) -> Principal:
    user = await work.session.get_one(User, reader.user_id)
    former = frozenset(map(UUID, user.former_unit_ids or ()))
    made = Principal(user.id, Role(user.role), user.unit_id, user.org_path, new_id(), user.full_name)
    return replace(made, former_units=former)


async def create_event(client: Client, **form: Any) -> str:
    """An incident of the school year; who is accused and the children become its persons."""
    return str((await client.create_intake(**{"occurred_on": "2026-10-05", **form}))["incident_id"])


async def set_person(client: Client, incident_id: str, role: str, **fields: Any) -> str:
    """Change the first person of an incident with a role."""
    path = f"{API}/incidents/{incident_id}/persons"
    person = next(each for each in ok(await client.get(path)) if each["role"] == role)
    place = f"{path}/{person['id']}"
    ok(await client.patch(place, fields, await read_etag(client, place)))
    return str(person["id"])


async def dismiss_event(client: Client, incident_id: str) -> None:
    ok(await set_severity(client, incident_id, "low"), 201)
    fields = {"reason": "Bịa", "dismissal_reason": "entered_by_mistake"}
    ok(await transition(client, f"{API}/incidents/{incident_id}", "dismiss", **fields))


PUPIL: Final = {"kind": "pupil"}
