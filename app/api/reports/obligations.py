"""Who owes a report by when: earlier wishes, reporters of closed units, extensions."""

from uuid import UUID

from fastapi import APIRouter, Depends

from app.api.http.deps import Idempotent, May, WorkDep
from app.api.http.routing import NoRecord, Route
from app.schemas.reports.obligations import (
    ExtensionIn,
    ExtensionOut,
    ReporterUnitIn,
    ReporterUnitOut,
    RequestedDayIn,
    RequestedDayOut,
)
from app.security.access.roles import Act, Resource
from app.services.reports.obligations.extensions import ExtensionService
from app.services.reports.obligations.obligations import ObligationService
from app.services.reports.obligations.reporters import ReporterService
from app.services.reports.periods.periods import PeriodService

router = APIRouter(tags=["report periods"], route_class=Route)
reader = Depends(May(Act.READ, Resource.REPORT))
manager = Depends(May(Act.MANAGE, Resource.REPORT_PERIOD))


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


@router.get("/reports/{report_id}/reporter-units", dependencies=[reader])
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
