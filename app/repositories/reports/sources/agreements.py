"""Agreements as a report counts them: schools that agreed with the police, and staff who signed with the head.

Of a staff room nothing leaves the school but what its head submits: no draft above it counts the school's rows, so that
nobody watches them change, and where 1 to 4 were settled without a signature, none is taken off.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, case, func, literal, or_, select

from app.core.vocabulary import (
    AGREEMENT_SETTLED,
    COMMITMENT_VOID,
    LEAST_SHOWN,
    POLICE_AGREEMENT,
    STAFF_AGREEMENT,
    Dimension,
)
from app.models.commitments.agreements import AgreementEntry, AgreementObligation, CommitmentAgreement
from app.models.commitments.campaigns import CommitmentCampaign
from app.models.units import UnitVersion
from app.repositories.reports.sources.clauses import level_of_unit, stood
from app.repositories.reports.sources.extents import Bounds
from app.repositories.reports.sources.incidents import NO_DENOMINATOR
from app.repositories.reports.sources.registry import CountedBy, Tally, source

LEVEL: Final = frozenset({Dimension.SCHOOL_LEVEL})
SIGNED: Final = "signed"
TABLES: Final = (AgreementEntry, CommitmentAgreement, CommitmentCampaign, UnitVersion)
AGREEMENT: Final = CommitmentAgreement


def _of_kind(kind: str, extent: Bounds) -> ColumnElement[bool]:
    """The agreements of a kind in campaigns of the school year."""
    of_year = select(CommitmentCampaign.id).where(CommitmentCampaign.school_year == extent.school_year)
    return and_(extent.covers(AGREEMENT.org_path), AGREEMENT.kind == kind, AGREEMENT.campaign_id.in_(of_year))


def _standing(extent: Bounds, *states: str) -> ColumnElement[bool]:
    """What was recorded and stood at the cut-off, of some states."""
    return and_(
        AgreementEntry.agreement_id == AGREEMENT.id,
        AgreementEntry.state.in_(states),
        stood(AgreementEntry.recorded_at, AgreementEntry.withdrawn_at, extent),
    )


def _settled(extent: Bounds, *states: str) -> ScalarSelect[int]:
    """How many had such an answer at the cut-off, whatever they said later."""
    answered = func.count(AgreementEntry.obligation_id.distinct())
    return select(answered).where(_standing(extent, *states)).scalar_subquery()


@source(
    "Trường có thỏa thuận phối hợp với công an",
    "Schools with an agreement with the police",
    "Trường đã ghi nhận thỏa thuận với công an ký trong đợt của năm học, chưa rút lại khi chốt số liệu",
    TABLES,
    LEVEL,
    counted_by=CountedBy.UNIT,
    tally=Tally.DISTINCT,
)
def schools_agreed_with_police(extent: Bounds) -> Select[Any]:
    """Schools that recorded an agreement with the police in a campaign of the school year, which stood at the
    cut-off."""
    return select(
        AGREEMENT.unit_id.label("key"),
        AGREEMENT.id.label("row_id"),
        AGREEMENT.org_path.label("path"),
        AGREEMENT.unit_id.label("unit_id"),
        level_of_unit(AGREEMENT.unit_id, extent).label(Dimension.SCHOOL_LEVEL),
        literal(1).label("numerator"),
        NO_DENOMINATOR.label("denominator"),
    ).where(_of_kind(POLICE_AGREEMENT, extent), select(AgreementEntry.id).where(_standing(extent, SIGNED)).exists())


@source(
    "Cán bộ, giáo viên đã ký cam kết với người đứng đầu",
    "Staff who signed with the head",
    "Cán bộ, giáo viên đã ký trên số được đề nghị, do trường báo cáo; không trừ khi chỉ có 1 đến 4 người không ký",
    (*TABLES, AgreementObligation),
    LEVEL,
    counted_by=CountedBy.UNIT,
)
def staff_agreed_with_head(extent: Bounds) -> Select[Any]:
    """Of the reporting school's staff whom campaigns of the school year ask those who signed with the head by the
    cut-off: where 1 to 4 did not sign, none is taken off. A level above adds up reports alone."""
    owed = AgreementObligation
    mine = select(func.count(owed.id)).where(owed.agreement_id == AGREEMENT.id)
    # Who was not reached and signed later has both.
    signed = _settled(extent, SIGNED)
    unsigned = _settled(extent, *AGREEMENT_SETTLED) - signed
    is_asked = or_(owed.state != COMMITMENT_VOID, owed.state_at > extent.cut_off)
    asked = mine.where(owed.made_at <= extent.cut_off, is_asked).scalar_subquery()
    return select(
        AGREEMENT.id.label("key"),
        AGREEMENT.id.label("row_id"),
        AGREEMENT.unit_id.label("unit_id"),
        level_of_unit(AGREEMENT.unit_id, extent).label(Dimension.SCHOOL_LEVEL),
        (signed + case((unsigned < LEAST_SHOWN, unsigned), else_=0)).label("numerator"),
        asked.label("denominator"),
    ).where(_of_kind(STAFF_AGREEMENT, extent), AGREEMENT.unit_id == extent.unit_id)
