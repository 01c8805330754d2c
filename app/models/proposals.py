"""Proposals: acts on a case that its holder does not complete alone, put before the unit that decides on them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Json, Scoped, Updated, Versioned, follows, partial_index, refers
from app.models.declarations import PartOf
from app.models.sealed import EncryptedField, EncryptedRow

WAITING = text("decided_at IS NULL")


class Proposal(Identified, Versioned, Updated, EncryptedRow, Scoped, Base, kw_only=True):
    """One act that the level above the holder decides on. `data` has its codes and ids, never text."""

    __tablename__ = "proposal"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __table_args__ = (
        follows("incident", "incident_id"),
        Index(None, "incident_id", "org_path"),
        Index(None, "org_path", "id"),
        partial_index("ix_proposal_waiting", "org_path", "id", where=WAITING),
    )

    incident_id: Mapped[UUID]
    act: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    data: Mapped[Json] = mapped_column(default_factory=dict)
    reason: EncryptedField[str] = EncryptedField()
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[UUID]
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_by: Mapped[UUID | None] = mapped_column(default=None)
    decided_by_unit_id: Mapped[UUID | None] = mapped_column(refers("unit.id"), default=None)
    answer: EncryptedField[str] = EncryptedField()
