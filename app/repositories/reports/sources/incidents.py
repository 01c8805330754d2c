"""Incidents as a report counts them: one event once, by the unit that held it at the cut-off.

`unit_id` of a row is the unit where it happened.
"""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, exists, func, literal, null, or_, select
from sqlalchemy.orm import aliased

from app.core.vocabulary import Dimension
from app.models.base import Base
from app.models.cases.events import CaseEvent
from app.models.cases.incidents import CHILD_ABUSE, SCHOOL_VIOLENCE, Incident, IncidentEvent, IncidentPerson
from app.models.units import UnitVersion
from app.repositories.reports.sources.clauses import (
    by_the_end,
    counted,
    has_form,
    known,
    level_of_incident,
    present,
    raised,
    stands,
)
from app.repositories.reports.sources.extents import Bounds
from app.repositories.reports.sources.registry import UNKNOWN, Query, source

TABLES: Final = (Incident, IncidentPerson, UnitVersion)
DIMENSIONS: Final = frozenset(
    {Dimension.SCHOOL_LEVEL, Dimension.LOCATION, Dimension.FORM, Dimension.SEVERITY, Dimension.INJURY_OUTCOME}
)
SEVERAL: Final = frozenset({Dimension.FORM})
# From the least to the gravest; `none` is no injury.
INJURIES: Final = ("first_aid", "treated", "hospital", "death")
ACCIDENTS: Final = ("drowning", "traffic_accident", "food_poisoning", "injury_other")
NO_DENOMINATOR: Final[ColumnElement[Any]] = cast(null(), Integer)


def _gravest_injury() -> ColumnElement[Any]:
    rank = case(*((IncidentPerson.injury_outcome == code, at) for at, code in enumerate(INJURIES)))
    gravest = select(func.max(rank)).where(IncidentPerson.incident_id == Incident.id).scalar_subquery()
    return case(*((gravest == at, code) for at, code in enumerate(INJURIES)), else_=UNKNOWN)


def _incidents(extent: Bounds, *where: ColumnElement[bool]) -> Select[Any]:
    return select(
        Incident.id.label("key"),
        Incident.id.label("row_id"),
        func.coalesce(Incident.unit_id, Incident.holder_id).label("unit_id"),
        level_of_incident(extent).label(Dimension.SCHOOL_LEVEL),
        known(Incident.location).label(Dimension.LOCATION),
        Incident.forms.label(Dimension.FORM),
        known(Incident.severity).label(Dimension.SEVERITY),
        _gravest_injury().label(Dimension.INJURY_OUTCOME),
        literal(1).label("numerator"),
        NO_DENOMINATOR.label("denominator"),
    ).where(*where)


def _source(
    label_vi: str, label_en: str, rule_vi: str, *more: type[Base], of_period: bool = True
) -> Callable[[Query], Query]:
    tables: tuple[type[Base], ...] = (*TABLES, *more)
    flags = {"by_event": True, "of_period": of_period}
    return source(label_vi, label_en, rule_vi, tables, DIMENSIONS, multi=SEVERAL, **flags)


@_source(
    "Vụ bạo lực học đường",
    "Incidents of school violence",
    "Sự việc thuộc nhóm bạo lực học đường trong kỳ; đơn vị giữ hồ sơ tính, vụ phản ánh cán bộ thì cấp trên tính",
)
def incidents_violence(extent: Bounds) -> Select[Any]:
    """Events of the group school violence in the period, counted by the holder: what the staff of a unit is accused of
    counts above it."""
    return _incidents(extent, counted(extent), Incident.group == SCHOOL_VIOLENCE)


@_source(
    "Vụ bắt nạt trên không gian mạng",
    "Incidents of online bullying",
    "Sự việc có hình thức bạo lực trên mạng, hoặc bạo lực, vụ việc mạng xảy ra trên mạng; đơn vị giữ hồ sơ tính",
)
def incidents_online_bullying(extent: Bounds) -> Select[Any]:
    """Events of violence online, and events of violence or online risks whose place is online, by the holder."""
    online = and_(Incident.location == "online", Incident.group.in_((SCHOOL_VIOLENCE, "online")))
    return _incidents(extent, counted(extent), or_(has_form("online_violence"), online))


@_source(
    "Vụ bạo lực có thương tích",
    "Incidents of violence with an injury",
    "Sự việc bạo lực học đường có người bị thương, theo mức nặng nhất đã ghi; đơn vị giữ hồ sơ tính",
)
def incidents_injury(extent: Bounds) -> Select[Any]:
    """Events of school violence in which somebody was hurt, by the gravest injury recorded. By the holder."""
    hurt = exists().where(IncidentPerson.incident_id == Incident.id, IncidentPerson.injury_outcome.in_(INJURIES))
    return _incidents(extent, counted(extent), Incident.group == SCHOOL_VIOLENCE, hurt)


@_source(
    "Vụ chưa xử lý dứt điểm",
    "Incidents not settled",
    "Sự việc xảy ra đến hết kỳ mà khi chốt số liệu chưa kết thúc; đơn vị giữ hồ sơ tính",
    IncidentEvent,
    of_period=False,
)
def incidents_unsettled(extent: Bounds) -> Select[Any]:
    """Events of any day up to the last of the period that were neither closed nor dismissed at the cut-off, by the
    holder."""
    ended, reopened = aliased(IncidentEvent), aliased(IncidentEvent)
    again = exists().where(
        reopened.incident_id == ended.incident_id,
        reopened.kind == CaseEvent.REOPEN,
        reopened.at > ended.at,
        reopened.at <= extent.cut_off,
    )
    settled = exists().where(
        ended.incident_id == Incident.id,
        ended.kind.in_((CaseEvent.CLOSE, CaseEvent.DISMISS)),
        ended.at <= extent.cut_off,
        ~again,
    )
    return _incidents(extent, present(extent), stands(extent), by_the_end(extent), ~settled)


@_source(
    "Vụ tai nạn giao thông",
    "Traffic accidents",
    "Sự việc có hình thức tai nạn giao thông; đơn vị giữ hồ sơ tính",
)
def incidents_traffic(extent: Bounds) -> Select[Any]:
    """Events of the form traffic accident, by the holder."""
    return _incidents(extent, counted(extent), has_form("traffic_accident"))


@_source(
    "Vụ xảy ra ở đơn vị cấp dưới do đơn vị giữ hồ sơ",
    "Incidents that occurred in units below",
    "Sự việc xảy ra ở đơn vị cấp dưới mà khi chốt số liệu do cấp trên giữ hồ sơ vì phản ánh cán bộ của đơn vị ấy; "
    "cấp trên tính, kể cả sau khi hồ sơ đã trả về",
)
def incidents_occurred_below(extent: Bounds) -> Select[Any]:
    """Events of any group that happened in a unit and were held above it at the cut-off, because its staff was accused.
    By the holder, also after custody has come down again; they are part of the holder's other figures too."""
    return _incidents(extent, counted(extent), raised(extent))


@_source(
    "Vụ xâm hại trẻ em",
    "Incidents of child abuse",
    "Sự việc thuộc nhóm xâm hại trẻ em; đơn vị giữ hồ sơ tính",
)
def incidents_abuse(extent: Bounds) -> Select[Any]:
    """Events of the group child abuse, by the holder."""
    return _incidents(extent, counted(extent), Incident.group == CHILD_ABUSE)
