"""Reports themselves as a report counts them: what the units below owed to this one."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, exists, literal, or_, select

from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report
from app.repositories.reports.sources.extents import Extent
from app.repositories.reports.sources.incidents import NO_DENOMINATOR
from app.repositories.reports.sources.registry import CountedBy, Source, register

TABLES: Final = (Report, ReportPeriod)


def _reports(extent: Extent, numerator: ColumnElement[Any], denominator: ColumnElement[Any]) -> Select[Any]:
    of_year = exists().where(ReportPeriod.id == Report.period_id, ReportPeriod.school_year == extent.school_year)
    return select(
        Report.id.label("key"),
        Report.id.label("row_id"),
        Report.unit_id.label("unit_id"),
        numerator.label("numerator"),
        denominator.label("denominator"),
    ).where(
        extent.within.covers(Report.org_path),
        Report.recipient_id == extent.unit_id,
        of_year,
        or_(Report.due_at <= extent.at, Report.delivered_at.is_not(None)),
    )


def reports_owed(extent: Extent) -> Select[Any]:
    """Reports of the school year that units below owe to this unit and that are due by now, or came before."""
    return _reports(extent, literal(1), NO_DENOMINATOR)


def reports_on_time(extent: Extent) -> Select[Any]:
    """Of these those whose first complete submission was in time, over all of them. A return makes nobody late."""
    in_time = and_(Report.delivered_at.is_not(None), Report.delivered_at <= Report.due_at)
    return _reports(extent, case((in_time, 1), else_=0), literal(1))


for _query, _label_vi, _label_en in (
    (reports_owed, "Báo cáo phải nộp", "Reports owed"),
    (reports_on_time, "Báo cáo đúng hạn", "Reports on time"),
):
    register(Source(_query.__name__, _label_vi, _label_en, TABLES, frozenset(), _query, counted_by=CountedBy.RECIPIENT))
