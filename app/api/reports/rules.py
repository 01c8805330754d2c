"""The rules of reporting on a day."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.api.http.deps import May, WorkDep
from app.api.http.routing import Route
from app.schemas.reports.rules import ChainRuleOut, DueRuleOut, ReminderRuleOut, ReportRulesOut
from app.security.access.roles import Act, Resource
from app.services.reports.periods.periods import PeriodService

router = APIRouter(tags=["report periods"], route_class=Route)
reader = Depends(May(Act.READ, Resource.REPORT_PERIOD))


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
