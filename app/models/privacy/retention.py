"""Retention: how long records are kept, what holds them back, and the certificates of what was destroyed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import (
    Base,
    Codes,
    Identified,
    Json,
    LocalRule,
    Platform,
    Scoped,
    Versioned,
    follows,
    refers,
)
from app.models.declarations import PartOf
from app.models.sealed import EncryptedField, EncryptedRow


class RetentionClass(Platform, Base, kw_only=True):
    """What is kept for how long, for every unit. `months` counts from `starts_on`; `minimum_months` is the law's.

    A class that is not confirmed is a proposal: nothing is destroyed by it before the department of a province set a
    level, which may be shorter, but not below the product's `floor_months`.
    """

    __tablename__ = "retention_class"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None] = mapped_column(default=None)
    position: Mapped[int]
    label_vi: Mapped[str] = mapped_column(String(300))
    label_en: Mapped[str] = mapped_column(String(300))
    covers: Mapped[str] = mapped_column(String(40))
    starts_on: Mapped[str] = mapped_column(String(40))
    months: Mapped[int]
    minimum_months: Mapped[int | None] = mapped_column(default=None)
    floor_months: Mapped[int | None] = mapped_column(default=None)
    is_confirmed: Mapped[bool]
    source: Mapped[str] = mapped_column(String(300))


class LocalRetention(LocalRule, Base, kw_only=True):
    """A unit's own period of a class, for itself and all below it, by a decision. The longest of a line binds."""

    __tablename__ = "retention_level"
    __table_args__ = (
        UniqueConstraint("unit_id", "class_code", "valid_from"),
        CheckConstraint("months > 0", name="months"),
    )

    class_code: Mapped[str] = mapped_column(String(40))
    months: Mapped[int]


class RetentionHold(Identified, Versioned, EncryptedRow, Scoped, Base, kw_only=True):
    """A legal hold: the case is not destroyed while it lasts, whatever clock or request says."""

    __tablename__ = "retention_hold"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __table_args__ = (follows("incident", "incident_id"), Index(None, "incident_id", "org_path"))

    incident_id: Mapped[UUID]
    reason: EncryptedField[str] = EncryptedField()
    decision_number: EncryptedField[str] = EncryptedField()
    until: Mapped[date | None] = mapped_column(default=None)
    placed_at: Mapped[datetime]
    placed_by: Mapped[UUID]
    by_unit_id: Mapped[UUID] = mapped_column(refers("unit.id"))
    lifted_at: Mapped[datetime | None] = mapped_column(default=None)
    lifted_by: Mapped[UUID | None] = mapped_column(default=None)


class DestructionCertificate(Identified, Scoped, Base, kw_only=True):
    """What was destroyed at once, in one unit and class; written once. It names no record and no person.

    `counts` are keys by kind of record; `key_digests` are SHA-256 of the ids of the destroyed keys, so that whoever
    holds an id can ask whether it is among them.
    """

    __tablename__ = "destruction_certificate"
    __access_class__ = AccessClass.CASE
    __updatable__ = ("org_path",)
    __append_only__ = True
    __table_args__ = (follows("unit", "unit_id"), Index(None, "org_path", "id"))

    unit_id: Mapped[UUID]
    number: Mapped[str] = mapped_column(String(24), unique=True)
    class_code: Mapped[str] = mapped_column(String(40))
    basis: Mapped[str] = mapped_column(String(24))
    decision: Mapped[str] = mapped_column(String(300))
    decided_by: Mapped[UUID | None] = mapped_column(default=None)
    request_id: Mapped[UUID | None] = mapped_column(default=None)
    issued_at: Mapped[datetime]
    counts: Mapped[Json]
    key_digests: Mapped[Codes]
    ledger_first: Mapped[int]
    ledger_last: Mapped[int] = mapped_column(index=True)
    ledger_head: Mapped[str] = mapped_column(String(64))
