"""Roster counts: the denominators of reports."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Select, select

from app.core.vocabulary import Dimension
from app.models.school_years.roster_counts import RosterCount
from app.repositories.reports.sources.extents import Bounds
from app.repositories.reports.sources.incidents import NO_DENOMINATOR
from app.repositories.reports.sources.registry import CountedBy, Query, source

# The moments of the counts by the names of their sources.
MOMENTS: Final = {"pupils_start": "start", "pupils_end": "end"}
DIMENSIONS: Final = frozenset({Dimension.SCHOOL_LEVEL, Dimension.SEX})


def _source(label_vi: str, label_en: str, rule_vi: str) -> Callable[[Query], Query]:
    return source(label_vi, label_en, rule_vi, (RosterCount,), DIMENSIONS, counted_by=CountedBy.UNIT)


def _pupils(extent: Bounds, moment: str) -> Select[Any]:
    return select(
        RosterCount.id.label("key"),
        RosterCount.id.label("row_id"),
        RosterCount.unit_id.label("unit_id"),
        RosterCount.school_level.label(Dimension.SCHOOL_LEVEL),
        RosterCount.sex.label(Dimension.SEX),
        RosterCount.pupils.label("numerator"),
        NO_DENOMINATOR.label("denominator"),
    ).where(
        extent.covers(RosterCount.org_path),
        RosterCount.school_year == extent.school_year,
        RosterCount.moment == moment,
    )


@_source(
    "Học sinh đầu năm học",
    "Pupils at the start of the school year",
    "Số học sinh đầu năm học do đơn vị thống kê",
)
def pupils_start(extent: Bounds) -> Select[Any]:
    """The pupils at the start of the school year, by the unit that counted them."""
    return _pupils(extent, "start")


@_source(
    "Học sinh cuối năm học",
    "Pupils at the end of the school year",
    "Số học sinh cuối năm học do đơn vị thống kê",
)
def pupils_end(extent: Bounds) -> Select[Any]:
    """The pupils at the end of the school year, by the unit that counted them."""
    return _pupils(extent, "end")
