"""Retention: retention classes, local periods, legal holds, and certificates of destruction."""

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
    """The retention period of a kind of record, nationwide: `months` from `starts_on`, `minimum_months` by law.

    Only a confirmed minimum refuses an act; an unconfirmed one is shown to the decider.

    An unconfirmed class is a default: nothing is destroyed under it until the department of a province sets a
    period, which may be shorter but not below the product's `floor_months`.
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
    minimum_is_confirmed: Mapped[bool] = mapped_column(default=False)
    minimum_source: Mapped[str | None] = mapped_column(String(300), default=None)
    floor_months: Mapped[int | None] = mapped_column(default=None)
    is_confirmed: Mapped[bool]
    source: Mapped[str] = mapped_column(String(300))


class LocalRetention(LocalRule, Base, kw_only=True):
    """A unit's own period for a class, valid for its subtree, by decision. The longest in a line applies."""

    __tablename__ = "retention_level"
    __table_args__ = (
        UniqueConstraint("unit_id", "class_code", "valid_from"),
        CheckConstraint("months > 0", name="months"),
    )

    class_code: Mapped[str] = mapped_column(String(40))
    months: Mapped[int]


class RetentionHold(Identified, Versioned, EncryptedRow, Scoped, Base, kw_only=True):
    """A legal hold: it blocks destruction of the case, whatever a schedule or a request says."""

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
    """One destruction in one unit and class; immutable. It names no record and no person.

    `counts` are keys by kind of record; `key_digests` are SHA-256 of the ids of the destroyed keys, so that the holder
    of an id can check whether its key was destroyed.
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
