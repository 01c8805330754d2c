"""Referrals of an incident to or from a hotline or agency. Recorded, never sent: 111 has no interface."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.months import add_months
from app.core.scoping import AccessClass, Tier
from app.core.time import start_of
from app.models.base import Base, Identified, Scoped, Updated, Versioned, follows, partial_index, refers
from app.models.declarations import PartOf
from app.models.openings import shared_from
from app.models.sealed import EncryptedField, EncryptedRow

UNANSWERED = text("state = 'recorded' AND missed_at IS NULL")


class Referral(Identified, Versioned, Updated, EncryptedRow, Scoped, Base, kw_only=True):
    __tablename__ = "referral"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __table_args__ = (
        follows("incident", "incident_id"),
        CheckConstraint("(hotline_id IS NULL) <> (agency_id IS NULL)", name="one_partner"),
        Index(None, "incident_id", "org_path"),
        Index(None, "org_path", "id"),
        UniqueConstraint("id", "org_path"),
        partial_index("ix_referral_unanswered", "acknowledge_by", where=UNANSWERED),
    )
    __opened_by__ = shared_from(Tier.CIRCUMSTANCES)

    code: Mapped[str] = mapped_column(String(24), unique=True)
    incident_id: Mapped[UUID]
    direction: Mapped[str] = mapped_column(String(8))
    hotline_id: Mapped[UUID | None] = mapped_column(refers("hotline.id"), default=None)
    agency_id: Mapped[UUID | None] = mapped_column(refers("unit.id"), default=None)
    channel: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(20))
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(default=None)
    # The unit whose series numbers the sheet; it stays the issuer when the case moves to another holder.
    issuer_id: Mapped[UUID] = mapped_column(refers("unit.id"))
    contact_person: EncryptedField[str] = EncryptedField()
    reference_given: EncryptedField[str] = EncryptedField()
    request: EncryptedField[str] = EncryptedField()
    acknowledge_by: Mapped[datetime | None] = mapped_column(default=None)
    missed_at: Mapped[datetime | None] = mapped_column(default=None)
    acknowledged_at: Mapped[datetime | None] = mapped_column(default=None)
    acknowledged_by_name: EncryptedField[str] = EncryptedField()
    outcome_at: Mapped[datetime | None] = mapped_column(default=None)
    outcome: Mapped[str | None] = mapped_column(String(60), default=None)
    outcome_note: EncryptedField[str] = EncryptedField()
    feedback_at: Mapped[datetime | None] = mapped_column(default=None)
    feedback: EncryptedField[str] = EncryptedField()
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    sheet_year: Mapped[int | None] = mapped_column(default=None)
    sheet_number: Mapped[int | None] = mapped_column(default=None)


class ReferralFollowUp(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """A follow-up with a partner that did not respond: time, channel and result."""

    __tablename__ = "referral_follow_up"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __table_args__ = (
        follows("incident", "incident_id"),
        follows("referral", "referral_id"),
        Index(None, "referral_id", "org_path"),
        Index(None, "incident_id", "org_path"),
    )
    __opened_by__ = shared_from(Tier.CIRCUMSTANCES)

    incident_id: Mapped[UUID]
    referral_id: Mapped[UUID]
    followed_up_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(60))
    result: Mapped[str] = mapped_column(String(60))
    note: EncryptedField[str] = EncryptedField()
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None] = mapped_column(default=None)


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in Việt Nam, and the partner."""

    first: date
    hotline_id: UUID | None = None
    agency_id: UUID | None = None

    @property
    def since(self) -> datetime:
        return start_of(self.first)

    @property
    def until(self) -> datetime:
        return start_of(add_months(self.first, 1))
