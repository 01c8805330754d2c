"""The clocks of each case, and the escalation of a missed one."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.filters import UNFILTERED, ListFilter
from app.core.scoping import AccessClass, Tier
from app.core.time import utc_now
from app.models.base import Base, Codes, Identified, Pending, Scoped, Updated, Versioned, follows, partial_index, refers
from app.models.declarations import PartOf
from app.models.openings import shared_from
from app.models.sealed import EncryptedField, EncryptedRow

OPEN = text("met_at IS NULL AND voided_at IS NULL")
UNNOTICED = text("met_at IS NULL AND voided_at IS NULL AND missed_at IS NULL")


def _one_subject() -> CheckConstraint:
    return CheckConstraint("(incident_id IS NULL) <> (intake_id IS NULL)", name="one_subject")


class Clock(Identified, Updated, Pending, Scoped, Base, kw_only=True):
    """One time limit of an incident, or of an intake without an incident: met, missed, void, suspended or running."""

    __tablename__ = "clock"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"), PartOf("intake", "intake_id"))
    __audited__ = False
    __table_args__ = (
        follows("incident", "incident_id"),
        follows("intake", "intake_id"),
        _one_subject(),
        UniqueConstraint("id", "org_path"),
        UniqueConstraint("incident_id", "rule_code", "round"),
        UniqueConstraint("intake_id", "rule_code"),
        Index(None, "incident_id", "org_path"),
        Index(None, "intake_id", "org_path"),
        partial_index("ix_clock_unnoticed", "due_at", where=UNNOTICED),
        partial_index("ix_clock_due", "due_at", "id", "org_path", where=OPEN),
        partial_index("ix_clock_open", "org_path", "id", where=OPEN),
    )
    __opened_by__ = shared_from(Tier.FACTS)

    incident_id: Mapped[UUID | None] = mapped_column(default=None)
    intake_id: Mapped[UUID | None] = mapped_column(default=None)
    rule_code: Mapped[str] = mapped_column(String(40))
    round: Mapped[int] = mapped_column(default=1)
    label_vi: Mapped[str] = mapped_column(String(300))
    label_en: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(String(400))
    calendar: Mapped[str] = mapped_column(String(40))
    escalates: Mapped[bool]
    outlasts: Mapped[bool] = mapped_column(default=False)
    started_on: Mapped[str] = mapped_column(String(40))
    met_by: Mapped[Codes]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    met_at: Mapped[datetime | None] = mapped_column(default=None)
    missed_at: Mapped[datetime | None] = mapped_column(default=None)
    voided_at: Mapped[datetime | None] = mapped_column(default=None)
    void_reason: Mapped[str | None] = mapped_column(String(20), default=None)
    suspended_at: Mapped[datetime | None] = mapped_column(default=None)
    # The escalation that raised it; several clocks that run out together share one.
    escalation_id: Mapped[UUID | None] = mapped_column(default=None)

    @property
    def state(self) -> str:
        if self.voided_at is not None:
            return "void"
        if self.met_at is not None:
            return "met" if self.met_at < self.due_at else "met_late"
        if self.suspended_at is not None:
            return "suspended"
        return "running" if utc_now() < self.due_at else "missed"


class ClockOfCase(NamedTuple):
    """A clock with the code, the unit and the group of its incident, or of its intake, which has no group."""

    clock: Clock
    code: str
    unit_id: UUID | None
    group: str | None

    @property
    def id(self) -> UUID:
        return self.clock.id


@dataclass(frozen=True, slots=True)
class ClockFilter:
    """Without a state all that are open."""

    state: tuple[str, ...] = ()
    due_before: datetime | None = None
    common: ListFilter = UNFILTERED


class Escalation(Identified, Versioned, Updated, EncryptedRow, Scoped, Base, kw_only=True):
    """The automatic escalation of a missed clock to the next level, and the answer of that level."""

    __tablename__ = "escalation"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"), PartOf("intake", "intake_id"))
    __table_args__ = (
        follows("incident", "incident_id"),
        follows("intake", "intake_id"),
        follows("clock", "clock_id"),
        _one_subject(),
        Index(None, "incident_id", "org_path"),
        Index(None, "intake_id", "org_path"),
        Index(None, "to_unit_id", "id"),
    )

    incident_id: Mapped[UUID | None] = mapped_column(default=None)
    intake_id: Mapped[UUID | None] = mapped_column(default=None)
    clock_id: Mapped[UUID] = mapped_column(unique=True)
    from_unit_id: Mapped[UUID] = mapped_column(refers("unit.id"))
    to_unit_id: Mapped[UUID] = mapped_column(refers("unit.id"))
    raised_at: Mapped[datetime]
    late_when_recorded: Mapped[bool] = mapped_column(default=False)
    answer: EncryptedField[str] = EncryptedField()
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    answered_by: Mapped[UUID | None] = mapped_column(default=None)
