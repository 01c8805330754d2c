"""Roster counts: a unit's own, those of a line, and their sum."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.api.http.deps import Idempotent, IfMatch, May, PagingDep, WorkDep, check_tag, entity_tag
from app.api.http.filters import AtUnit, ListFilterDep
from app.api.http.record_headers import RecordHeaders, Tagged
from app.api.http.routing import Route
from app.api.school_years.school_years import Year
from app.models.school_years.roster_counts import RosterFilter
from app.schemas.base import ListOut, SchoolYearCode
from app.schemas.school_years.roster_counts import (
    RosterCountIn,
    RosterCountOut,
    RosterMoment,
    RosterTotalOut,
    UnitRosterOut,
)
from app.security.access.roles import Act, Resource
from app.services.reports.drafting.rosters import put_roster
from app.services.school_years.roster_counts import RosterCountService, UnitRoster

router = APIRouter(tags=["school-years"], route_class=Route)
reader = Depends(May(Act.READ, Resource.ROSTER_COUNT))
writer = Depends(May(Act.CREATE, Resource.ROSTER_COUNT))
freezer = Depends(May(Act.MANAGE, Resource.ROSTER_COUNT))
AskedYear = Annotated[SchoolYearCode | None, Query(description="Such as 2026-2027")]


def _tag_parts(roster: UnitRoster) -> tuple[object, ...]:
    written = roster.written_at
    return (0 if written is None else int(written.timestamp() * 1_000_000), len(roster.counts), roster.is_frozen)


def _out(roster: UnitRoster, headers: RecordHeaders) -> UnitRosterOut:
    headers.tag(*_tag_parts(roster))
    return UnitRosterOut.model_validate(roster)


@router.get("/roster-counts", dependencies=[reader])
async def list_roster_counts(
    paging: PagingDep,
    work: WorkDep,
    common: ListFilterDep,
    school_year: AskedYear = None,
    moment: RosterMoment | None = None,
) -> ListOut[RosterCountOut]:
    """Roster counts of the caller's unit and its subordinates by school level and sex, newest first."""
    found = await RosterCountService(work).page(paging.page, RosterFilter(school_year, moment, common))
    return paging.listed(found, RosterCountOut.model_validate)


@router.get("/roster-counts/{school_year}/{moment}", dependencies=[reader])
async def get_own_roster_count(
    school_year: Year, moment: RosterMoment, headers: Tagged, work: WorkDep
) -> UnitRosterOut:
    """The count of the caller's own unit, also before it is recorded."""
    return _out(await RosterCountService(work).own(school_year, moment), headers)


@router.put("/roster-counts/{school_year}/{moment}", dependencies=[writer])
async def set_roster_count(
    school_year: Year, moment: RosterMoment, body: RosterCountIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> UnitRosterOut:
    """Set the whole count of the caller's own unit: each of its school levels, by sex. Refused once it is frozen.

    The unit's drafts that use it become stale, and are counted anew before their submission.
    """
    service = RosterCountService(work)
    roster = await service.own(school_year, moment)
    check_tag(tag, entity_tag(*_tag_parts(roster)))
    return _out(await put_roster(work, roster, body), headers)


@router.post("/roster-counts/{school_year}/{moment}/freeze", dependencies=[freezer, Idempotent])
async def freeze_roster_count(
    school_year: Year, moment: RosterMoment, tag: IfMatch, headers: Tagged, work: WorkDep
) -> UnitRosterOut:
    """Freeze the count of the caller's own unit. A report that uses it, or the calendar, does so too."""
    service = RosterCountService(work)
    roster = await service.own(school_year, moment)
    check_tag(tag, entity_tag(*_tag_parts(roster)))
    return _out(await service.freeze_own(roster), headers)


@router.get("/roster-counts/{school_year}/{moment}/total", dependencies=[reader])
async def get_roster_total(school_year: Year, moment: RosterMoment, at: AtUnit, work: WorkDep) -> RosterTotalOut:
    """The sum over the caller's unit and its subordinates, or over those that are asked for."""
    return RosterTotalOut.model_validate(await RosterCountService(work).total(school_year, moment, at))
