"""Commitments as a report counts them: of campaigns by the schools' editions, after violations by the holder.

A report leaves its school, so that nothing of a campaign is counted that an edition does not show.
"""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.orm import aliased

from app.core.vocabulary import Dimension
from app.models.cases.commitments import ViolationCommitment
from app.models.cases.incidents import Incident, IncidentPerson
from app.models.commitments.editions import CommitmentEdition
from app.models.units import UnitVersion
from app.repositories.reports.sources.acts import UNIT_ID
from app.repositories.reports.sources.clauses import among, level_of_person, level_of_unit, present, stood
from app.repositories.reports.sources.extents import Bounds
from app.repositories.reports.sources.incidents import NO_DENOMINATOR
from app.repositories.reports.sources.registry import CountedBy, Query, source

LEVEL: Final = frozenset({Dimension.SCHOOL_LEVEL})
MADE_TABLES: Final = (Incident, IncidentPerson, UnitVersion, ViolationCommitment)
EDITION: Final = CommitmentEdition


def _of_editions(label_vi: str, label_en: str, rule_vi: str) -> Callable[[Query], Query]:
    tables = (CommitmentEdition, UnitVersion)
    return source(label_vi, label_en, rule_vi, tables, LEVEL, counted_by=CountedBy.UNIT)


def _of_violations(label_vi: str, label_en: str, rule_vi: str) -> Callable[[Query], Query]:
    return source(label_vi, label_en, rule_vi, MADE_TABLES, LEVEL, of_persons=True)


def _editions(extent: Bounds, numerator: ColumnElement[Any], denominator: ColumnElement[Any]) -> Select[Any]:
    """Each school's last edition before the cut-off, in each campaign of the school year, if it shows the numerator."""
    other = aliased(CommitmentEdition)
    last = (
        select(func.max(other.day))
        .where(
            other.campaign_id == EDITION.campaign_id,
            other.unit_id == EDITION.unit_id,
            other.made_at <= extent.cut_off,
        )
        .scalar_subquery()
    )
    return select(
        EDITION.id.label("key"),
        EDITION.id.label("row_id"),
        EDITION.unit_id.label("unit_id"),
        level_of_unit(EDITION.unit_id, extent).label(Dimension.SCHOOL_LEVEL),
        numerator.label("numerator"),
        denominator.label("denominator"),
    ).where(
        extent.covers(EDITION.org_path),
        EDITION.school_year == extent.school_year,
        EDITION.day == last,
        numerator.is_not(None),
    )


@_of_editions(
    "Học sinh đã ký cam kết",
    "Pupils who signed a commitment",
    "Học sinh đã ký trên số được đề nghị, theo số liệu trong ngày của trường; không trừ khi chỉ có 0 đến 4 em không ký",
)
def commitments_of_pupils(extent: Bounds) -> Select[Any]:
    """Pupils who signed, over those whom campaigns of the school year ask, by the schools' editions. Where a school
    recorded 0 to 4 without a signature, these count as signed."""
    signed = EDITION.pupil_settled - func.coalesce(EDITION.pupil_not_signed, 0)
    return _editions(extent, signed, EDITION.pupil_owed.expression)


@_of_editions(
    "Gia đình đã ký cam kết",
    "Families who signed a commitment",
    "Gia đình đã ký trên số được đề nghị, theo số liệu trong ngày của trường; không trừ khi chỉ có 0 đến 4 không ký",
)
def commitments_of_families(extent: Bounds) -> Select[Any]:
    """Families who signed, over those whom campaigns of the school year ask, by the schools' editions. Where a school
    recorded 0 to 4 without a signature, these count as signed."""
    signed = EDITION.guardian_settled - func.coalesce(EDITION.guardian_not_signed, 0)
    return _editions(extent, signed, EDITION.guardian_owed.expression)


@_of_editions(
    "Lớp chưa ghi nhận xong cam kết",
    "Classes whose commitments are not settled",
    "Số lớp còn học sinh hoặc gia đình chưa được ghi nhận, theo số liệu trong ngày của trường",
)
def commitment_classes_left(extent: Bounds) -> Select[Any]:
    """Classes in which somebody has neither signed nor refused and was not recorded as not reached, by the schools'
    editions."""
    return _editions(extent, EDITION.classes_left.expression, NO_DENOMINATOR)


@_of_editions(
    "Lượt không ký cam kết",
    "Commitments not signed",
    "Lượt từ chối, chưa liên hệ được hoặc không phải ký, gộp một số; không tính trường có từ 0 đến 4 lượt",
)
def commitments_not_signed(extent: Bounds) -> Select[Any]:
    """Pupils and families who refused, were not reached or need not sign, as one number, by the schools' editions. Of a
    school where they are 0 to 4 of a party, none counts."""
    of_pupils = func.coalesce(EDITION.pupil_not_signed, 0)
    return _editions(extent, of_pupils + func.coalesce(EDITION.guardian_not_signed, 0), NO_DENOMINATOR)


def _made(extent: Bounds) -> Select[Any]:
    made = ViolationCommitment
    return (
        select(
            made.id.label("key"),
            made.id.label("row_id"),
            UNIT_ID,
            level_of_person(extent).label(Dimension.SCHOOL_LEVEL),
            literal(1).label("numerator"),
            NO_DENOMINATOR.label("denominator"),
        )
        .join(Incident, Incident.id == made.incident_id)
        .join(IncidentPerson, IncidentPerson.id == made.person_id)
        .where(
            present(extent),
            among(extent),
            made.made_on.between(extent.first, extent.last),
            stood(made.made_at, made.withdrawn_at, extent),
        )
    )


@_of_violations(
    "Cam kết sau vi phạm đã lập",
    "Commitments after a violation made",
    "Cam kết sau vi phạm lập trong kỳ, chưa rút lại; đơn vị giữ hồ sơ tính",
)
def violation_commitments_made(extent: Bounds) -> Select[Any]:
    """Commitments after a violation made in the period that were not withdrawn, by the holder of the incident."""
    return _made(extent)


@_of_violations(
    "Cam kết sau vi phạm đã kết thúc theo dõi",
    "Commitments after a violation whose follow-up ended",
    "Trong số cam kết sau vi phạm lập trong kỳ: đã kết thúc theo dõi khi chốt số liệu",
)
def violation_commitments_ended(extent: Bounds) -> Select[Any]:
    """Commitments after a violation that were made in the period and whose follow-up ended by the cut-off, by the
    holder of the incident."""
    return _made(extent).where(ViolationCommitment.ended_at <= extent.cut_off)
