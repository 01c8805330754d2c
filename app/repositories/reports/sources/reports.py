"""Reports themselves as a report counts them: what the units below owed to this one."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, exists, literal, or_, select

from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report
from app.repositories.reports.sources.extents import Bounds
from app.repositories.reports.sources.incidents import NO_DENOMINATOR
from app.repositories.reports.sources.registry import CountedBy, Query, source

TABLES: Final = (Report, ReportPeriod)


def _source(label_vi: str, label_en: str, rule_vi: str) -> Callable[[Query], Query]:
    return source(label_vi, label_en, rule_vi, TABLES, frozenset(), counted_by=CountedBy.RECIPIENT)


def _reports(extent: Bounds, numerator: ColumnElement[Any], denominator: ColumnElement[Any]) -> Select[Any]:
    of_year = exists().where(ReportPeriod.id == Report.period_id, ReportPeriod.school_year == extent.school_year)
    return select(
        Report.id.label("key"),
        Report.id.label("row_id"),
        Report.unit_id.label("unit_id"),
        numerator.label("numerator"),
        denominator.label("denominator"),
    ).where(
        extent.ranges(Report.org_path),
        Report.recipient_id == extent.unit_id,
        Report.ordinal == 0,
        of_year,
        or_(Report.due_at <= extent.at, Report.delivered_at.is_not(None)),
    )


@_source(
    "Báo cáo phải nộp",
    "Reports owed",
    "Báo cáo trong năm học mà đơn vị cấp dưới phải nộp cho đơn vị, đã đến hạn hoặc đã nộp; không kể báo cáo đột xuất",
)
def reports_owed(extent: Bounds) -> Select[Any]:
    """Reports of the school year that units below owe to this unit, due by now or delivered; urgent ones are not."""
    return _reports(extent, literal(1), NO_DENOMINATOR)


@_source(
    "Báo cáo đúng hạn",
    "Reports on time",
    "Trong số báo cáo phải nộp: nộp đủ lần đầu đúng hạn; bị trả lại không bị tính là chậm",
)
def reports_on_time(extent: Bounds) -> Select[Any]:
    """Of the reports owed those whose first complete submission was in time, over all. A return makes nobody late."""
    in_time = and_(Report.delivered_at.is_not(None), Report.delivered_at <= Report.due_at)
    return _reports(extent, case((in_time, 1), else_=0), literal(1))
