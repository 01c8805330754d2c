"""Report periods, who owes a report, extensions, and acting signers."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query

from app.api.http.bodies import MERGE_PATCH
from app.api.http.deps import Idempotent, IfMatch, May, PagingDep, WorkDep, check_tag, entity_tag
from app.api.http.filters import AtUnit, ListFilterDep, Several, several
from app.api.http.next_actions import Acts, next_actions
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import NoRecord, Route
from app.api.http.tags import tag
from app.models.reports.acting_signers import ActingSigner
from app.models.reports.periods import PeriodFilter, ReportPeriod
from app.schemas.base import ListOut
from app.schemas.reports.acting_signers import (
    ACTING_SIGNER_FLOW,
    ActingSignerDetailOut,
    ActingSignerIn,
    ActingSignerOut,
)
from app.schemas.reports.period_flow import PERIOD_FLOW, PeriodState
from app.schemas.reports.periods import (
    AnyPeriodKind,
    ChainRuleOut,
    DueRuleOut,
    ExtensionIn,
    ExtensionOut,
    PeriodDetailOut,
    PeriodDueOut,
    PeriodIn,
    PeriodOpeningOut,
    PeriodOut,
    PeriodPatch,
    ReminderRuleOut,
    ReporterUnitIn,
    ReporterUnitOut,
    ReportRulesOut,
    RequestedDayIn,
    RequestedDayOut,
    SchoolYearCode,
)
from app.security.access.roles import Act, Resource
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.obligations.extensions import ExtensionService
from app.services.reports.obligations.obligations import ObligationService
from app.services.reports.obligations.reporters import ReporterService
from app.services.reports.periods.periods import PeriodService
from app.services.reports.submission.acting_signers import ActingSignerService

router = APIRouter(
    tags=[tag("report periods", "What is reported for which days, who owes it to whom, and until when")],
    route_class=Route,
)
reader = Depends(May(Act.READ, Resource.REPORT_PERIOD))
manager = Depends(May(Act.MANAGE, Resource.REPORT_PERIOD))
# Whether a period of a state was opened, and closed.
PERIOD_STATES: Mapping[str | None, tuple[bool | None, bool | None]] = {
    None: (None, None),
    "planned": (False, None),
    "open": (True, False),
    "closed": (None, True),
}
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
SIGNER_ACTS = Acts(ACTING_SIGNER_FLOW, {"withdraw": "withdraw_acting_signer"})
signer = Depends(May(Act.SHARE, Resource.REPORT))
report_reader = Depends(May(Act.READ, Resource.REPORT))


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
    wanted = PeriodFilter(several(kind), school_year, *PERIOD_STATES[state], common=common)
    found = await PeriodService(work).page(wanted, paging.page)
    return paging.listed(found, _same, await _shown(work, *found.items))


def _same(_: ReportPeriod, shown: PeriodOut) -> PeriodOut:
    return shown


@router.get("/report-rules", dependencies=[reader])
async def list_report_rules(
    work: WorkDep, as_of: Annotated[date | None, Query(description="Today if left out")] = None
) -> ReportRulesOut:
    """Who reports to whom, by which day, and when a unit is reminded: the rules of a day, with their sources."""
    chain, dues, reminders = await PeriodService(work).rules(as_of or work.today)
    return ReportRulesOut(
        chain=[ChainRuleOut.of(each) for each in chain],
        dues=[DueRuleOut.of(each) for each in dues],
        reminders=[ReminderRuleOut.of(each) for each in reminders],
    )


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


@router.post("/report-periods/{period_id}/requested-day", dependencies=[manager, NoRecord])
async def request_reports_earlier(period_id: UUID, body: RequestedDayIn, work: WorkDep) -> RequestedDayOut:
    """Ask the units that report to the caller's for an earlier day. It makes nobody late."""
    period = await PeriodService(work).get(period_id)
    reports = await ObligationService(work).request_earlier(period, body.requested_on)
    return RequestedDayOut(requested_on=body.requested_on, reports=reports)


@router.post("/reports/{report_id}/reporter-units", status_code=201, dependencies=[manager, Idempotent, NoRecord])
async def name_reporter_unit(report_id: UUID, body: ReporterUnitIn, work: WorkDep) -> ReporterUnitOut:
    """Name which successor, or superior, reports for a unit that was merged or closed. It ends the naming before.

    A closed unit's only successor reports for it without a naming; for a unit that works on nobody does.
    """
    report = await ExtensionService(work).report(report_id)
    return ReporterUnitOut.of(await ReporterService(work).name(report, body))


@router.get("/reports/{report_id}/reporter-units", dependencies=[report_reader])
async def list_reporter_units(report_id: UUID, work: WorkDep) -> list[ReporterUnitOut]:
    """The units that report, or reported, for the one that owes the report."""
    return [ReporterUnitOut.of(each) for each in await ReporterService(work).of_report(report_id)]


@router.post("/reports/{report_id}/extensions", status_code=201, dependencies=[manager, Idempotent, NoRecord])
async def extend_report(report_id: UUID, body: ExtensionIn, work: WorkDep) -> ExtensionOut:
    """Extend the due day of a report by a decision of the level above; lateness is judged on the new day."""
    service = ExtensionService(work)
    report = await service.extend(await service.report(report_id), body)
    return ExtensionOut(
        report_id=report.id,
        due_on=report.due_on,
        extended_on=body.due_on,
        due_at=report.due_at,
        decision_number=body.decision_number,
        reason=body.reason,
        version=report.version,
    )


async def _signer(work: UnitOfWork, row: ActingSigner, headers: RecordHeaders) -> ActingSignerDetailOut:
    headers.tag(row.version)
    check = partial(ActingSignerService(work).check_act, row)
    acts = await next_actions(work, SIGNER_ACTS, check, signer_id=row.id)
    return ActingSignerDetailOut.of(row, next_actions=acts)


@router.post("/acting-signers", status_code=201, dependencies=[signer, Idempotent])
async def name_acting_signer(body: ActingSignerIn, headers: Created, work: WorkDep) -> ActingSignerDetailOut:
    """Name who signs reports for the absent head of the caller's unit, or of one below, for some days."""
    row = await ActingSignerService(work).name(body)
    headers.locate(f"/acting-signers/{row.id}")
    return await _signer(work, row, headers)


@router.get("/acting-signers", dependencies=[report_reader])
async def list_acting_signers(paging: PagingDep, work: WorkDep, at: AtUnit) -> ListOut[ActingSignerOut]:
    """Acting signers of the caller's line, past and withdrawn ones too, newest first."""
    return paging.listed(await ActingSignerService(work).page(paging.page, at), ActingSignerOut.of)


@router.get("/acting-signers/{signer_id}", dependencies=[report_reader])
async def get_acting_signer(signer_id: UUID, headers: Tagged, work: WorkDep) -> ActingSignerDetailOut:
    """One acting signer."""
    return await _signer(work, await ActingSignerService(work).get(signer_id), headers)


@router.post("/acting-signers/{signer_id}/withdrawal", dependencies=[signer])
async def withdraw_acting_signer(
    signer_id: UUID, tag: IfMatch, headers: Tagged, work: WorkDep
) -> ActingSignerDetailOut:
    """Withdraw an acting signer at once."""
    service = ActingSignerService(work)
    row = await service.get(signer_id)
    check_tag(tag, entity_tag(row.version))
    return await _signer(work, await service.withdraw(row), headers)
