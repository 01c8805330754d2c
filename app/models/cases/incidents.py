"""Incidents: the events that intakes report, the persons involved, and the timelines."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Protocol, TypedDict
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, Index, String, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.coded import InList
from app.core.filters import UNFILTERED, ListFilter
from app.core.scoping import AccessClass, Tier
from app.models.base import Base, Codes, Identified, Json, Scoped, Updated, Versioned, follows, partial_index, refers
from app.models.cases.child_cases import ChildCase
from app.models.declarations import ITSELF, PartOf, Retained
from app.models.openings import shared_from
from app.models.sealed import Cipher, EncryptedField, EncryptedRow

# Codes of person_role and person_kind that hide a case from a unit.
ACCUSED_ROLES = frozenset({"perpetrator", "instigator", "filmed_posted", "cheered", "accountable_manager"})
STAFF_KINDS = frozenset({"staff", "school_leader"})
CHILD_ABUSE, SCHOOL_VIOLENCE = "child_abuse", "school_violence"
MERGED = text("event_id IS NOT NULL")
CAME_DOWN = text("came_down_at IS NOT NULL")
LINKED = text("learner_digest IS NOT NULL")
COUNTED = ("event_id", "occurred_on", "received_at", "group_code", "severity", "state")
# What counts group by (app/repositories/cases/counts.py), with the parentheses that PostgreSQL shows.
CELL = text("((((group_code || '/') || coalesce(severity, '')) || '/') || state)")


class CasePart(Protocol):
    """A row that belongs to an incident and is encrypted under its key."""

    @property
    def incident_id(self) -> UUID: ...

    @property
    def org_path(self) -> str: ...

    @property
    def row_cipher(self) -> Cipher: ...


class PartKeys(TypedDict):
    """The columns that tie a row to its incident: id, holder's path and key."""

    incident_id: UUID
    org_path: str
    cipher: Cipher


def part_of(whole: "Incident | CasePart") -> PartKeys:
    """The key columns of a new row of an incident, copied from the incident or from one of its rows."""
    incident_id = whole.id if isinstance(whole, Incident) else whole.incident_id
    return {"incident_id": incident_id, "org_path": whole.org_path, "cipher": whole.row_cipher}


def _without_open_case() -> ColumnElement[bool]:
    open_case = select(ChildCase.id).where(ChildCase.incident_id == Incident.id, ChildCase.closed_at.is_(None))
    return ~open_case.exists()


class Incident(Identified, Versioned, Updated, EncryptedRow, Scoped, Base, kw_only=True):
    """An event that harmed or endangered pupils. Held by its unit, or by the superior of an accused unit."""

    __tablename__ = "incident"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = ITSELF
    __retained__ = Retained("incident", when=_without_open_case)
    __table_args__ = (
        follows("unit", "holder_id"),
        UniqueConstraint("id", "org_path"),
        # Lists in scope, and every column that counts of events read: they need not visit the table.
        Index("ix_incident_counted", "org_path", "id", *COUNTED, CELL),
        partial_index("ix_incident_merged", "org_path", "id", *COUNTED, where=MERGED),
        partial_index("ix_incident_event", "event_id", "id", "org_path", where=MERGED),
        partial_index("ix_incident_came_down", "came_down_at", where=CAME_DOWN),
        Index(None, "occurred_on", "org_path"),
        Index(None, "received_at", "org_path"),
        Index(None, "unit_id", "id"),
        Index(None, "occurred_on", "id"),
        Index(None, "updated_at", "org_path"),
        Index(None, "key_id"),
    )
    __opened_by__ = shared_from(Tier.FACTS, incident="id")

    code: Mapped[str] = mapped_column(String(24), unique=True)
    holder_id: Mapped[UUID]
    unit_id: Mapped[UUID | None] = mapped_column(refers("unit.id"), default=None)
    state: Mapped[str] = mapped_column(String(20))
    group: Mapped[str] = mapped_column("group_code", String(60))
    forms: Mapped[Codes] = mapped_column(default_factory=list)
    severity: Mapped[str | None] = mapped_column(String(20), default=None)
    # The first assessment on which the level above decides, its own or of an incident merged into it.
    grave_since: Mapped[datetime | None] = mapped_column(default=None)
    location: Mapped[str | None] = mapped_column(String(60), default=None)
    place: EncryptedField[str] = EncryptedField()
    occurred_on: Mapped[date | None] = mapped_column(default=None)
    occurred_at: Mapped[datetime | None] = mapped_column(default=None)
    summary: EncryptedField[str] = EncryptedField()
    held_by_superior: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(default=None)
    # The incident it was merged into, and the survivor at the end of the chain of merges.
    merged_into_id: Mapped[UUID | None] = mapped_column(default=None)
    event_id: Mapped[UUID | None] = mapped_column(default=None)
    # For a survivor of merges: its own receipt, without the absorbed incidents.
    received_at_unmerged: Mapped[datetime | None] = mapped_column(default=None)
    # When it came down to a unit whose accused was cleared: what happened before is read above that unit alone.
    returned_at: Mapped[datetime | None] = mapped_column(default=None)
    # When custody last came down for whatever reason, and the unit that had it: reports cut off before count it there.
    came_down_at: Mapped[datetime | None] = mapped_column(default=None)
    came_down_from_id: Mapped[UUID | None] = mapped_column(default=None)

    @property
    def is_merged(self) -> bool:
        return self.merged_into_id is not None

    @property
    def is_part_of_merge(self) -> bool:
        """Whether other incidents describe the same event."""
        return self.is_merged or self.received_at_unmerged is not None

    destroyed_at: Mapped[datetime | None] = mapped_column(default=None)


class IncidentPerson(Identified, Versioned, EncryptedRow, Scoped, Base, kw_only=True):
    """A person involved in an incident, without an account and perhaps without a name."""

    __tablename__ = "incident_person"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __blanked__ = ("learner_digest",)
    __table_args__ = (
        follows("incident", "incident_id"),
        UniqueConstraint("id", "org_path"),
        Index(None, "incident_id", "org_path"),
        partial_index("ix_incident_person_linked", "learner_digest", "org_path", where=LINKED),
        CheckConstraint("estimated_age IS NULL OR estimated_age BETWEEN 0 AND 120", name="age"),
    )
    __opened_by__ = shared_from(Tier.CIRCUMSTANCES)

    incident_id: Mapped[UUID]
    role: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(60))
    unit_id: Mapped[UUID | None] = mapped_column(refers("unit.id"), default=None)
    sex: Mapped[str] = mapped_column(String(20), default="unknown")
    birth_date: EncryptedField[date] = EncryptedField(date.fromisoformat)
    estimated_age: Mapped[int | None] = mapped_column(default=None)
    # For statistics, and not sealed; with a known age the band is that of the day of the event.
    age_band: Mapped[str | None] = mapped_column(String(20), default=None)
    school_level: Mapped[str | None] = mapped_column(String(60), default=None)
    grade: Mapped[str | None] = mapped_column(String(20), default=None)
    injury_outcome: Mapped[str | None] = mapped_column(String(20), default=None)
    name: EncryptedField[str] = EncryptedField()
    description: EncryptedField[str] = EncryptedField()
    # The learner's record: no column of the database says which.
    learner_id: EncryptedField[UUID] = EncryptedField(UUID)
    # Of the learner under a key of the school year, for figures of distinct persons alone; in no answer.
    learner_digest: Mapped[str | None] = mapped_column(String(32), default=None)
    # What the accusation proved to be: `corrected` or `cleared`. Neither counts as accused.
    finding: Mapped[str | None] = mapped_column(String(20), default=None)


class IncidentSeverity(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """One assessment of an incident's severity; a later one is added and never overwrites it."""

    __tablename__ = "incident_severity"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __table_args__ = (follows("incident", "incident_id"), Index(None, "incident_id", "org_path"))
    __opened_by__ = shared_from(Tier.FACTS)

    incident_id: Mapped[UUID]
    severity: Mapped[str] = mapped_column(String(20))
    reason: EncryptedField[str] = EncryptedField()
    judged_at: Mapped[datetime]
    judged_by: Mapped[UUID | None] = mapped_column(default=None)


class IncidentEvent(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """A timeline entry: what was done and when. `data` contains codes and ids, never free text.

    A partial event is done for one child, or for one exemption, while others of the incident still wait for it.
    """

    __tablename__ = "incident_event"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __table_args__ = (follows("incident", "incident_id"), Index(None, "incident_id", "org_path", "id"))
    __opened_by__ = shared_from(Tier.FACTS)

    incident_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(40))
    data: Mapped[Json] = mapped_column(default_factory=dict)
    is_partial: Mapped[bool] = mapped_column(default=False)
    reason: EncryptedField[str] = EncryptedField()
    at: Mapped[datetime]
    by_id: Mapped[UUID | None] = mapped_column(default=None)
    by_role: Mapped[str | None] = mapped_column(String(32), default=None)


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    state: tuple[str, ...] = ()
    group: tuple[Annotated[str, InList("incident_group")], ...] = ()
    severity: tuple[Annotated[str, InList("severity")], ...] = ()
    common: ListFilter = UNFILTERED
    code: str | None = None
    occurred_from: date | None = None
    occurred_to: date | None = None
