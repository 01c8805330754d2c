"""A case: one child's assessment, plan, reviews and closure (Decree 56/2017 arts. 26 to 30)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass, Tier
from app.models.base import Base, Identified, Json, Scoped, Updated, Versioned, follows, partial_index, refers
from app.models.declarations import PartOf
from app.models.openings import shared_from
from app.models.sealed import EncryptedField, EncryptedRow

OPEN = text("closed_at IS NULL")
UNDER_WAY = "under_way"
SUBMITTED, APPROVED, RETURNED = "submitted", "approved", "returned"


class ChildCase(Identified, Versioned, Updated, EncryptedRow, Scoped, Base, kw_only=True):
    """The case of one child of an incident. `cycle` is 1 and grows with each reopening (art. 30.1c)."""

    __tablename__ = "child_case"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __table_args__ = (
        follows("incident", "incident_id"),
        follows("incident_person", "person_id"),
        UniqueConstraint("id", "org_path"),
        UniqueConstraint("person_id"),
        Index(None, "incident_id", "org_path"),
        Index(None, "org_path", "id"),
        partial_index("ix_child_case_open", "org_path", "id", where=OPEN),
    )
    __opened_by__ = shared_from(Tier.CIRCUMSTANCES)

    code: Mapped[str] = mapped_column(String(24), unique=True)
    incident_id: Mapped[UUID]
    person_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(20))
    cycle: Mapped[int] = mapped_column(default=1)
    risk: Mapped[str | None] = mapped_column(String(20), default=None)
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    closing_evidence: EncryptedField[str] = EncryptedField()


class CaseAssessment(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """Harm and capacity, each criterion high, medium or low (the two tables of Mẫu 02 and Mẫu 06)."""

    __tablename__ = "case_assessment"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __table_args__ = (follows("child_case", "case_id"), Index(None, "case_id", "org_path"))
    __opened_by__ = shared_from(Tier.CIRCUMSTANCES)

    case_id: Mapped[UUID]
    incident_id: Mapped[UUID]
    cycle: Mapped[int]
    harm: Mapped[Json]
    capacity: Mapped[Json]
    risk: Mapped[str] = mapped_column(String(20))
    note: EncryptedField[str] = EncryptedField()
    assessed_at: Mapped[datetime]
    assessed_by: Mapped[UUID | None] = mapped_column(default=None)


class CasePlan(Identified, Versioned, EncryptedRow, Scoped, Base, kw_only=True):
    """A support or intervention plan as submitted, and the decision of the competent level (art. 28)."""

    __tablename__ = "case_plan"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __table_args__ = (
        follows("child_case", "case_id"),
        UniqueConstraint("id", "org_path"),
        Index(None, "case_id", "org_path"),
    )
    __opened_by__ = shared_from(Tier.CIRCUMSTANCES)

    case_id: Mapped[UUID]
    incident_id: Mapped[UUID]
    cycle: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    goal: EncryptedField[str] = EncryptedField()
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[UUID | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_by: Mapped[UUID | None] = mapped_column(default=None)
    decided_by_unit_id: Mapped[UUID | None] = mapped_column(refers("unit.id"), default=None)
    decision_number: Mapped[str | None] = mapped_column(String(100), default=None)
    reason: EncryptedField[str] = EncryptedField()


class CasePlanStep(Identified, Versioned, EncryptedRow, Scoped, Base, kw_only=True):
    __tablename__ = "case_plan_step"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __table_args__ = (follows("case_plan", "plan_id"), Index(None, "plan_id", "org_path"))
    __opened_by__ = shared_from(Tier.CIRCUMSTANCES)

    plan_id: Mapped[UUID]
    incident_id: Mapped[UUID]
    position: Mapped[int]
    service: Mapped[str] = mapped_column(String(60))
    description: EncryptedField[str] = EncryptedField()
    responsible: EncryptedField[str] = EncryptedField()
    due_on: Mapped[date | None] = mapped_column(default=None)
    done_on: Mapped[date | None] = mapped_column(default=None)
    result: EncryptedField[str] = EncryptedField()
