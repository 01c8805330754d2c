"""Exemptions from a duty to notify: a waiver, or the suspension of the family's notice."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass, Tier
from app.models.base import Base, Identified, Scoped, Versioned, follows, partial_index
from app.models.declarations import PartOf
from app.models.openings import shared_from
from app.models.sealed import EncryptedField, EncryptedRow

ASKED = text("state = 'asked'")
UNDECIDED = text("decided_at IS NULL")


class Exemption(Identified, Versioned, EncryptedRow, Scoped, Base, kw_only=True):
    """A request that a clock need not be met, or need not run for now, and the decision about it."""

    __tablename__ = "exemption"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __table_args__ = (
        follows("incident", "incident_id"),
        follows("clock", "clock_id"),
        Index(None, "incident_id", "org_path"),
        partial_index("ix_exemption_undecided", "org_path", "id", where=UNDECIDED),
        partial_index("uq_exemption_asked", "clock_id", where=ASKED, unique=True),
    )
    __opened_by__ = shared_from(Tier.FACTS)

    incident_id: Mapped[UUID]
    clock_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    reason: EncryptedField[str] = EncryptedField()
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID]
    decision_reason: EncryptedField[str] = EncryptedField()
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_by: Mapped[UUID | None] = mapped_column(default=None)
