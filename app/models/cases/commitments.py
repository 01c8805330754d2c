"""A commitment after a violation: of the case's family, with its key, its readers and its end (domain: commitments)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass, Tier
from app.models.base import Base, Identified, JsonValue, Scoped, Versioned, follows
from app.models.declarations import PartOf
from app.models.openings import shared_from
from app.models.sealed import EncryptedField, EncryptedRow


class ViolationCommitment(Identified, Versioned, EncryptedRow, Scoped, Base, kw_only=True):
    """What a pupil of an incident promises, with the family and the school, and until when it is followed up."""

    __tablename__ = "violation_commitment"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __table_args__ = (
        follows("incident", "incident_id"),
        follows("incident_person", "person_id"),
        follows("discipline", "discipline_id"),
        Index(None, "incident_id", "org_path"),
    )
    __opened_by__ = shared_from(Tier.CIRCUMSTANCES)

    incident_id: Mapped[UUID]
    person_id: Mapped[UUID]
    # The measure that it follows, where there is one.
    discipline_id: Mapped[UUID | None] = mapped_column(default=None)
    state: Mapped[str] = mapped_column(String(20))
    # Each a party with its state, and since which day.
    answers: Mapped[list[dict[str, str]]] = mapped_column(JsonValue)
    made_on: Mapped[date]
    followed_until: Mapped[date | None] = mapped_column(default=None)
    text: EncryptedField[str] = EncryptedField()
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    conclusion: EncryptedField[str] = EncryptedField()
