"""Roster counts: the denominators of reports."""

from typing import Any, Final

from sqlalchemy import Select, select

from app.core.vocabulary import Dimension
from app.models.school_years.roster_counts import RosterCount
from app.repositories.reports.sources.extents import Extent
from app.repositories.reports.sources.incidents import NO_DENOMINATOR
from app.repositories.reports.sources.registry import CountedBy, Source, register

DIMENSIONS: Final = frozenset({Dimension.SCHOOL_LEVEL, Dimension.SEX})


def _pupils(extent: Extent, moment: str) -> Select[Any]:
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


def pupils_start(extent: Extent) -> Select[Any]:
    """The pupils at the start of the school year, by the unit that counted them."""
    return _pupils(extent, "start")


def pupils_end(extent: Extent) -> Select[Any]:
    """The pupils at the end of the school year, by the unit that counted them."""
    return _pupils(extent, "end")


for _query, _label_vi, _label_en in (
    (pupils_start, "Học sinh đầu năm học", "Pupils at the start of the school year"),
    (pupils_end, "Học sinh cuối năm học", "Pupils at the end of the school year"),
):
    register(
        Source(_query.__name__, _label_vi, _label_en, (RosterCount,), DIMENSIONS, _query, counted_by=CountedBy.UNIT)
    )
