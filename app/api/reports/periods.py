"""Report periods: planned, opened, closed."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends

from app.api.http.bodies import MERGE_PATCH
from app.api.http.deps import Idempotent, IfMatch, May, PagingDep, WorkDep, check_tag, entity_tag
from app.api.http.filters import ListFilterDep, Several, several
from app.api.http.next_actions import Acts, next_actions
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.models.reports.periods import PeriodFilter, ReportPeriod
from app.schemas.base import ListOut, SchoolYearCode
from app.schemas.reports.period_flow import PERIOD_FLOW, PeriodState
from app.schemas.reports.periods import (
    AnyPeriodKind,
    PeriodDetailOut,
    PeriodDueOut,
    PeriodIn,
    PeriodOpeningOut,
    PeriodOut,
    PeriodPatch,
)
from app.security.access.roles import Act, Resource
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.obligations.obligations import ObligationService
from app.services.reports.periods.periods import PeriodService

router = APIRouter(
    tags=[tag("report periods", "What is reported for which days, who owes it to whom, and until when")],
    route_class=Route,
)
reader = Depends(May(Act.READ, Resource.REPORT_PERIOD))
manager = Depends(May(Act.MANAGE, Resource.REPORT_PERIOD))
ACTS = Acts(
    PERIOD_FLOW,
    {
        "open": "open_report_period",
        "close": "close_report_period",
        "change": "change_report_period",
        "withdraw": "withdraw_report_period",
        "request_earlier": "request_reports_earlier",
    },
)


async def _shown(work: UnitOfWork, *periods: ReportPeriod) -> list[PeriodOut]:
    service, found = PeriodService(work), []
    for period, (code, number) in zip(periods, await service.templates(list(periods)), strict=True):
        dues = [
            PeriodDueOut(
                kinds=[due.kind], due_on=due.due_on, day_off=due.day_off, due_at=at, requested_on=due.requested_on
            )
            for due, at in await service.due_moments(period)
        ]
        found.append(PeriodOut.of(period, state=period.state, template_code=code, template_number=number, dues=dues))
    return found


async def _out(work: UnitOfWork, period: ReportPeriod, headers: RecordHeaders) -> PeriodDetailOut:
    headers.tag(period.version)
    (shown,) = await _shown(work, period)
    service = PeriodService(work)
    acts = await next_actions(work, ACTS, partial(service.check_act, period), period_id=period.id)
    return PeriodDetailOut.of(shown, without_report=await service.without_report(period), next_actions=acts)


@router.post("/report-periods", status_code=201, dependencies=[manager, Idempotent])
async def create_report_period(body: PeriodIn, headers: Created, work: WorkDep) -> PeriodDetailOut:
    """Plan a period of the caller's unit, by a plan or by a letter. Nobody below sees it until it is opened."""
    period = await PeriodService(work).create(body)
    headers.locate(f"/report-periods/{period.id}")
    return await _out(work, period, headers)


@router.get("/report-periods", dependencies=[reader])
async def list_report_periods(
    paging: PagingDep,
    work: WorkDep,
    common: ListFilterDep,
    kind: Several[AnyPeriodKind] = None,
    school_year: SchoolYearCode | None = None,
    state: PeriodState | None = None,
) -> ListOut[PeriodOut]:
    """Periods of the caller's line, and those for which its unit reports, newest first."""
    wanted = PeriodFilter.of(several(kind), school_year, state, common)
    found = await PeriodService(work).page(wanted, paging.page)
    return paging.listed(found, _same, await _shown(work, *found.items))


def _same(_: ReportPeriod, shown: PeriodOut) -> PeriodOut:
    return shown


@router.get("/report-periods/{period_id}", dependencies=[reader])
async def get_report_period(period_id: UUID, headers: Tagged, work: WorkDep) -> PeriodDetailOut:
    """One period with its due days and the letter that asks."""
    return await _out(work, await PeriodService(work).get(period_id), headers)


@router.patch("/report-periods/{period_id}", dependencies=[manager])
async def change_report_period(
    period_id: UUID,
    body: Annotated[PeriodPatch, Body(media_type=MERGE_PATCH)],
    tag: IfMatch,
    headers: Tagged,
    work: WorkDep,
) -> PeriodDetailOut:
    """Change a period before it is opened, by merge-patch (RFC 7396)."""
    service = PeriodService(work)
    period = await service.own(period_id)
    check_tag(tag, entity_tag(period.version))
    return await _out(work, await service.change(period, body), headers)


@router.delete("/report-periods/{period_id}", status_code=204, dependencies=[manager], responses={409: {}})
async def withdraw_report_period(period_id: UUID, tag: IfMatch, work: WorkDep) -> None:
    """Withdraw a planned period, of which nobody below knows. An opened one is closed."""
    service = PeriodService(work)
    period = await service.own(period_id)
    check_tag(tag, entity_tag(period.version))
    await service.withdraw(period)


@router.post("/report-periods/{period_id}/opening", dependencies=[manager, Idempotent])
async def open_report_period(period_id: UUID, headers: Tagged, work: WorkDep) -> PeriodOpeningOut:
    """Open a period: every unit that owes a report gets it. Again: the units that were recorded since."""
    period = await PeriodService(work).own(period_id)
    opened = await ObligationService(work).open(period)
    shown = await _out(work, period, headers)
    return PeriodOpeningOut(period=shown, added=opened.added, reports=opened.reports)


@router.post("/report-periods/{period_id}/closing", dependencies=[manager, Idempotent])
async def close_report_period(period_id: UUID, tag: IfMatch, headers: Tagged, work: WorkDep) -> PeriodDetailOut:
    """Close a period: its reports are neither drafted nor submitted any more. What is owed stays owed."""
    service = PeriodService(work)
    period = await service.own(period_id)
    check_tag(tag, entity_tag(period.version))
    return await _out(work, await service.close(period), headers)
