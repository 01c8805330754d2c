"""A learner who changes school: one side at the new unit, another at the unit that confirms."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.scoping import AccessClass
from app.core.vocabulary import TransferState
from app.models.base import Base, Identified, Scoped, Updated, Versioned, follows, refers
from app.models.declarations import Reference, Retained


def code_of(transfer_id: UUID) -> str:
    """The code by which people name a side. The codes of two sides do not show that they belong together."""
    return f"CT-{transfer_id.hex[-12:].upper()}"


class LearnerTransfer(Identified, Versioned, Updated, Scoped, Base, kw_only=True):
    """One side: the `arrival`, which waits at the new unit, or the `departure`, at the unit that confirms or denies it.

    The department confirms for a protected child, whose record lies at another unit. A unit reaches its own side alone.
    `pair_id` joins the two and is in no answer, export, log or webhook.
    """

    __tablename__ = "learner_transfer"
    __access_class__ = AccessClass.LEARNER
    __retained__ = Retained("learner_transfer", holder="unit_id", began={"end": "ended_at"})
    __refers_to__ = (Reference("learner", "learner_id"), Reference("upload", "upload_id"))
    __table_args__ = (
        follows("unit", "unit_id"),
        UniqueConstraint("pair_id", "side"),
        CheckConstraint("side IN ('arrival', 'departure')", name="side"),
        Index(None, "org_path", "id"),
        Index(None, "learner_id"),
        Index(None, "enrolment_id"),
        Index(None, "upload_id"),
        Index(None, "state", "side", "sought_on"),
        Index(None, "ended_at"),
    )

    unit_id: Mapped[UUID]
    side: Mapped[str] = mapped_column(String(9))
    pair_id: Mapped[UUID] = mapped_column(default_factory=new_id)
    code: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(24), default=TransferState.WAITING)
    learner_id: Mapped[UUID]
    # Of an arrival: its enrolment, and the upload that brought it.
    enrolment_id: Mapped[UUID | None] = mapped_column(default=None)
    upload_id: Mapped[UUID | None] = mapped_column(default=None)
    # Of a departure: the unit that has the record.
    school_id: Mapped[UUID | None] = mapped_column(refers("unit.id"), default=None)
    # The status that the arrival recorded, or that confirming the departure records.
    status: Mapped[str] = mapped_column(String(8))
    moved_on: Mapped[date]
    made_on: Mapped[date]
    # The last day on which it waits.
    waits_until: Mapped[date]
    # The last day on which an arrival's other side was looked for, or a departure's protection was checked.
    sought_on: Mapped[date | None] = mapped_column(default=None)
    denied_because: Mapped[str | None] = mapped_column(String(24), default=None)
    decided_by: Mapped[UUID | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


@dataclass(frozen=True, slots=True)
class TransferFilter:
    side: str | None = None
    state: tuple[str, ...] = ()
