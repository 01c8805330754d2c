"""Discipline: a school's decision about a pupil of an incident (Circular 08/TT 1988, Circular 19/2025)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass, Tier
from app.models.base import Base, Identified, Scoped, Versioned, follows
from app.models.declarations import PartOf
from app.models.openings import shared_from
from app.models.sealed import EncryptedField, EncryptedRow


class Discipline(Identified, Versioned, EncryptedRow, Scoped, Base, kw_only=True):
    """One measure. A mistaken measure is withdrawn and remains visible."""

    __tablename__ = "discipline"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __table_args__ = (
        follows("incident", "incident_id"),
        follows("incident_person", "person_id"),
        Index(None, "incident_id", "org_path"),
        Index("uq_discipline_id_org_path", "id", "org_path", unique=True),
    )
    __opened_by__ = shared_from(Tier.CIRCUMSTANCES)

    incident_id: Mapped[UUID]
    person_id: Mapped[UUID]
    measure: Mapped[str] = mapped_column(String(60))
    level: Mapped[str | None] = mapped_column(String(60), default=None)
    decided_on: Mapped[date]
    family_confirmed: Mapped[bool] = mapped_column(default=False)
    decision_number: EncryptedField[str] = EncryptedField()
    note: EncryptedField[str] = EncryptedField()
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None] = mapped_column(default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    withdrawal: EncryptedField[str] = EncryptedField()
