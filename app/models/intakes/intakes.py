"""Intakes: the statement of one informant."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import ColumnElement, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.filters import UNFILTERED, ListFilter
from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Pending, Scoped, follows, refers
from app.models.declarations import ITSELF, PartOf, Retained
from app.models.sealed import Cipher, EncryptedField, EncryptedRow


class PartKeys(TypedDict):
    """The columns that tie a row to its intake: id, holder's path and key."""

    intake_id: UUID
    org_path: str
    cipher: Cipher


def part_of(intake: "Intake") -> PartKeys:
    """The key columns of a new row of an intake."""
    return {"intake_id": intake.id, "org_path": intake.org_path, "cipher": intake.row_cipher}


def without_incident() -> ColumnElement[bool]:
    """Which of a statement's intakes have no incident: one with an incident is destroyed with it."""
    return ~select(IntakeLink.intake_id).where(IntakeLink.intake_id == Intake.id).exists()


class Intake(Identified, EncryptedRow, Pending, Scoped, Base, kw_only=True):
    """The statement of one informant, immutable. `content` is form Mẫu 01 of Decree 56/2017 without the informant."""

    __tablename__ = "intake"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = ITSELF
    __retained__ = Retained("intake", began={"receipt": "received_at"}, when=without_incident)
    __updatable__ = ("org_path", "holder_id", "destroyed_at")
    __table_args__ = (
        follows("unit", "holder_id"),
        UniqueConstraint("id", "org_path"),
        Index(None, "org_path", "id"),
        Index(None, "key_id"),
    )

    code: Mapped[str] = mapped_column(String(24), unique=True)
    holder_id: Mapped[UUID]
    unit_id: Mapped[UUID | None] = mapped_column(refers("unit.id"), default=None)
    source_channel: Mapped[str] = mapped_column(String(60))
    lane: Mapped[str] = mapped_column(String(16))
    content: EncryptedField[dict[str, Any]] = EncryptedField()
    has_informant: Mapped[bool] = mapped_column(default=False)
    immediate_danger: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None] = mapped_column(default=None)
    receipt_digest: Mapped[str | None] = mapped_column(String(64), unique=True, default=None)
    destroyed_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def is_anonymous(self) -> bool:
        """Reported without an account: its times and id are rounded to the hour."""
        return self.receipt_digest is not None


class AccusedUnit(Identified, Pending, Scoped, Base, kw_only=True):
    """The unit of an accused member of staff. Not encrypted: it decides who cannot see the intake."""

    __tablename__ = "accused_unit"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("intake", "intake_id"),)
    __table_args__ = (
        follows("intake", "intake_id"),
        UniqueConstraint("intake_id", "unit_id"),
        Index(None, "intake_id", "org_path"),
        Index(None, "unit_id"),
    )

    intake_id: Mapped[UUID]
    unit_id: Mapped[UUID] = mapped_column(refers("unit.id"))


class IntakeLink(Scoped, Base, kw_only=True):
    """The incident that an intake reports. Several intakes of one event count as one incident at every level."""

    __tablename__ = "intake_link"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"), PartOf("intake", "intake_id"))
    __table_args__ = (
        follows("incident", "incident_id"),
        Index(None, "incident_id", "org_path"),
    )

    # Only the incident's foreign key includes the path: an intake may be held at a higher level than its incident.
    intake_id: Mapped[UUID] = mapped_column(refers("intake.id"), primary_key=True)
    incident_id: Mapped[UUID]
    linked_at: Mapped[datetime]
    linked_by: Mapped[UUID | None] = mapped_column(default=None)


@dataclass(frozen=True, slots=True)
class IntakeFilter:
    lane: tuple[str, ...] = ()
    incident_id: UUID | None = None
    linked: bool | None = None
    set_aside: bool | None = None
    in_danger: bool | None = None
    unread: bool | None = None
    common: ListFilter = UNFILTERED
