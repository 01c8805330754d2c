"""Data subjects' requests, recorded by staff (Law 91/2025/QH15 art. 24, Decree 356/2025/NĐ-CP)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Platform, Scoped, Updated, Versioned, follows, partial_index
from app.models.declarations import ITSELF, About, Retained
from app.models.sealed import EncryptedField, EncryptedRow

UNANSWERED = text("answered_at IS NULL AND answer_missed_at IS NULL")


class SubjectRequestRule(Platform, Base, kw_only=True):
    """The time limits to answer a kind of request (`step` answer) and to act on it (act), and the extension."""

    __tablename__ = "subject_request_rule"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    step: Mapped[str] = mapped_column(String(12), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None] = mapped_column(default=None)
    position: Mapped[int]
    amount: Mapped[int]
    time_unit: Mapped[str] = mapped_column(String(16))
    is_confirmed: Mapped[bool]
    source: Mapped[str] = mapped_column(String(300))


class SubjectRequest(Identified, Versioned, Updated, EncryptedRow, Scoped, Base, kw_only=True):
    """One request. Requester, subject and statement are encrypted under a key of its own.

    `incident_id` names a case of the unit's line if the request concerns one; it gives no access by itself.
    """

    __tablename__ = "subject_request"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = ITSELF
    __retained__ = Retained("subject_request", holder="unit_id", began={"closed": "closed_at"}, held_with="incident_id")
    __refers_to__ = (About("incident", "incident_id"),)
    __table_args__ = (
        follows("unit", "unit_id"),
        Index(None, "org_path", "id"),
        partial_index("ix_subject_request_unanswered", "answer_due_at", where=UNANSWERED),
    )

    code: Mapped[str] = mapped_column(String(24), unique=True)
    unit_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    incident_id: Mapped[UUID | None] = mapped_column(default=None)
    requester: Mapped[str] = mapped_column(String(20))
    child_is_seven: Mapped[bool]
    concerns_publishing: Mapped[bool] = mapped_column(default=False)
    child_consents: Mapped[bool | None] = mapped_column(default=None)
    representative_consents: Mapped[bool | None] = mapped_column(default=None)
    identity: EncryptedField[dict[str, Any]] = EncryptedField()
    statement: EncryptedField[str] = EncryptedField()
    answer: EncryptedField[str] = EncryptedField()
    extension_reason: EncryptedField[str] = EncryptedField()
    outcome: EncryptedField[str] = EncryptedField()
    refusal_basis: Mapped[str | None] = mapped_column(String(60), default=None)
    received_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]
    answer_due_at: Mapped[datetime]
    act_due_at: Mapped[datetime]
    answer_source: Mapped[str] = mapped_column(String(300))
    act_source: Mapped[str] = mapped_column(String(300))
    extended_at: Mapped[datetime | None] = mapped_column(default=None)
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    answered_by: Mapped[UUID | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_by: Mapped[UUID | None] = mapped_column(default=None)
    answer_missed_at: Mapped[datetime | None] = mapped_column(default=None)
    act_missed_at: Mapped[datetime | None] = mapped_column(default=None)
    destroyed_at: Mapped[datetime | None] = mapped_column(default=None)
