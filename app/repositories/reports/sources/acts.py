"""What was done in cases as a report counts it: disciplines, referrals and time limits, by the holder of the incident.

An act is no event: what was done in an incident that was merged into another counts beside what was done in that one.
"""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, extract, func, literal, or_, select

from app.core.vocabulary import Dimension
from app.models.cases.clocks import Clock
from app.models.cases.disciplines import Discipline
from app.models.cases.incidents import Incident, IncidentPerson
from app.models.reference import Hotline
from app.models.referrals import Referral
from app.models.units import Unit, UnitVersion
from app.repositories.reports.sources.clauses import (
    among,
    counted_at,
    known,
    level_of_incident,
    level_of_person,
    person_key,
    present,
    stood,
)
from app.repositories.reports.sources.extents import Bounds
from app.repositories.reports.sources.incidents import NO_DENOMINATOR
from app.repositories.reports.sources.registry import Query, Tally, source

UNIT_ID: Final = func.coalesce(Incident.unit_id, Incident.holder_id).label("unit_id")
REFERRAL_DIMENSIONS: Final = frozenset(
    {Dimension.CHANNEL, Dimension.AUTHORITY, Dimension.SEVERITY, Dimension.SCHOOL_LEVEL}
)
REFERRAL_TABLES: Final = (Incident, IncidentPerson, Unit, UnitVersion, Referral, Hotline)
CLOCK_DIMENSIONS: Final = frozenset({Dimension.SEVERITY, Dimension.SCHOOL_LEVEL})
CLOCK_TABLES: Final = (Incident, IncidentPerson, UnitVersion, Clock)
MINUTE_S: Final = 60


def _of_referrals(label_vi: str, label_en: str, rule_vi: str, tally: Tally = Tally.SUM) -> Callable[[Query], Query]:
    return source(label_vi, label_en, rule_vi, REFERRAL_TABLES, REFERRAL_DIMENSIONS, tally=tally)


def _of_clocks(label_vi: str, label_en: str, rule_vi: str) -> Callable[[Query], Query]:
    return source(label_vi, label_en, rule_vi, CLOCK_TABLES, CLOCK_DIMENSIONS)


@source(
    "Học sinh bị kỷ luật",
    "Pupils disciplined",
    "Học sinh bị kỷ luật theo quyết định trong kỳ, chưa thu hồi; nhiều biện pháp thì tính một lần ở tổng số",
    (Incident, IncidentPerson, Unit, UnitVersion, Discipline),
    frozenset({Dimension.SCHOOL_LEVEL, Dimension.GRADE, Dimension.SEX, Dimension.MEASURE}),
    tally=Tally.DISTINCT,
    multi=frozenset({Dimension.MEASURE}),
    of_persons=True,
)
def persons_disciplined(extent: Bounds) -> Select[Any]:
    """Pupils disciplined by a decision of the period that was not withdrawn, by the holder of the incident. Who has two
    measures counts once in the total and once in the cell of each."""
    return (
        select(
            person_key().label("key"),
            Discipline.id.label("row_id"),
            counted_at(extent).label("path"),
            UNIT_ID,
            level_of_person(extent).label(Dimension.SCHOOL_LEVEL),
            known(IncidentPerson.grade).label(Dimension.GRADE),
            known(IncidentPerson.sex).label(Dimension.SEX),
            Discipline.measure.label(Dimension.MEASURE),
            literal(1).label("numerator"),
            NO_DENOMINATOR.label("denominator"),
        )
        .join(Incident, Incident.id == Discipline.incident_id)
        .join(IncidentPerson, IncidentPerson.id == Discipline.person_id)
        .where(
            present(extent),
            among(extent),
            Discipline.decided_on.between(extent.first, extent.last),
            stood(Discipline.recorded_at, Discipline.withdrawn_at, extent),
        )
    )


def _referrals(extent: Bounds, numerator: ColumnElement[Any], denominator: ColumnElement[Any]) -> Select[Any]:
    hotline = select(Hotline.code).where(Hotline.id == Referral.hotline_id).scalar_subquery()
    agency = select(Unit.kind).where(Unit.id == Referral.agency_id).scalar_subquery()
    return (
        select(
            Referral.id.label("key"),
            Referral.id.label("row_id"),
            UNIT_ID,
            level_of_incident(extent).label(Dimension.SCHOOL_LEVEL),
            Referral.channel.label(Dimension.CHANNEL),
            known(func.coalesce(hotline, agency)).label(Dimension.AUTHORITY),
            known(Incident.severity).label(Dimension.SEVERITY),
            numerator.label("numerator"),
            denominator.label("denominator"),
        )
        .join(Incident, Incident.id == Referral.incident_id)
        .where(
            present(extent),
            Referral.direction == "out",
            Referral.made_at >= extent.since,
            Referral.made_at < extent.until,
            Referral.made_at <= extent.cut_off,
        )
    )


@_of_referrals(
    "Tin đã chuyển",
    "Reports referred",
    "Lần chuyển đến tổng đài, cơ quan trong kỳ; đơn vị giữ hồ sơ tính",
)
def referrals_out(extent: Bounds) -> Select[Any]:
    """Referrals to a hotline or an agency made in the period, by the holder of the incident."""
    return _referrals(extent, literal(1), NO_DENOMINATOR)


@_of_referrals(
    "Tin chuyển có tiếp nhận",
    "Referrals acknowledged",
    "Lần chuyển được xác nhận khi chốt số liệu, trên tổng số lần chuyển trong kỳ",
)
def referrals_acknowledged(extent: Bounds) -> Select[Any]:
    """Of the referrals of the period those acknowledged by the cut-off, over all of them."""
    return _referrals(extent, case((Referral.acknowledged_at <= extent.cut_off, 1), else_=0), literal(1))


@_of_referrals(
    "Tin chuyển có kết quả",
    "Referrals with a result",
    "Lần chuyển có kết quả khi chốt số liệu, trên tổng số lần chuyển trong kỳ",
)
def referrals_with_result(extent: Bounds) -> Select[Any]:
    """Of the referrals of the period those with a result by the cut-off, over all of them."""
    return _referrals(extent, case((Referral.outcome_at <= extent.cut_off, 1), else_=0), literal(1))


@_of_referrals(
    "Thời gian trung vị đến khi chuyển tin",
    "Median time to refer",
    "Trung vị số phút từ tin đầu tiên đến mỗi lần chuyển trong kỳ",
    Tally.MEDIAN,
)
def referral_delay_median(extent: Bounds) -> Select[Any]:
    """Minutes from the first report of an incident to each of its referrals of the period; of all the middle one."""
    seconds = cast(extract("epoch", Referral.made_at), BigInteger) - cast(
        extract("epoch", Incident.received_at), BigInteger
    )
    return _referrals(extent, case((seconds < 0, 0), else_=seconds // MINUTE_S), NO_DENOMINATOR)


def _clocks(extent: Bounds, *where: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            Clock.id.label("key"),
            Clock.id.label("row_id"),
            UNIT_ID,
            level_of_incident(extent).label(Dimension.SCHOOL_LEVEL),
            known(Incident.severity).label(Dimension.SEVERITY),
            literal(1).label("numerator"),
            NO_DENOMINATOR.label("denominator"),
        )
        .join(Incident, Incident.id == Clock.incident_id)
        .where(
            present(extent),
            Clock.due_at >= extent.since,
            Clock.due_at < extent.until,
            Clock.due_at <= extent.cut_off,
            or_(Clock.visible_from.is_(None), Clock.visible_from <= extent.at),
            *where,
        )
    )


@_of_clocks(
    "Mốc thời hạn đúng hạn",
    "Time limits met",
    "Thời hạn kết thúc trong kỳ và được thực hiện đúng hạn; đơn vị giữ hồ sơ tính",
)
def clocks_met(extent: Bounds) -> Select[Any]:
    """Time limits of incidents that ended in the period and were met before, by the holder of the incident."""
    return _clocks(extent, Clock.met_at < Clock.due_at, Clock.voided_at.is_(None))


@_of_clocks(
    "Mốc thời hạn quá hạn",
    "Time limits missed",
    "Thời hạn kết thúc trong kỳ mà không được thực hiện đúng hạn, trừ thời hạn hủy, tạm dừng; đơn vị giữ hồ sơ tính",
)
def clocks_missed(extent: Bounds) -> Select[Any]:
    """Time limits of incidents that ended in the period and were not met before, by the holder of the incident. Not the
    void and the suspended ones."""
    late = or_(Clock.met_at.is_(None), Clock.met_at >= Clock.due_at)
    return _clocks(extent, and_(late, Clock.voided_at.is_(None), Clock.suspended_at.is_(None)))
