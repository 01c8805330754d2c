"""Learners: a unit's record of a child, with the numbers by which others know the child."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.filters import UNFILTERED, ListFilter
from app.core.ids import new_id
from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, Updated, Versioned, follows, partial_index
from app.models.declarations import ITSELF, PartOf, Retained
from app.models.learners.classes import learns_with
from app.models.learners.registered import Registered
from app.models.sealed import EncryptedField, EncryptedRow

# Compared by bytes on both engines: the order is in the text itself (core/names.py).
SortText = String(400).with_variant(String(400, collation="C"), "postgresql")
CURRENT: Final = text("valid_to IS NULL AND voided_at IS NULL")


def code_of(learner_id: UUID) -> str:
    """By which people name a record."""
    return f"HS-{learner_id.hex[-12:].upper()}"


class Learner(Identified, Versioned, Updated, Registered, EncryptedRow, Scoped, Base, kw_only=True):
    """One unit's record of a child: a move makes a new record at the new unit, and this one stays (decision 0014).

    `person_id` is the same in all records of one child. It is in no answer, export, log or webhook.
    """

    __tablename__ = "learner"
    __access_class__ = AccessClass.LEARNER
    __append_only__ = True
    __belongs_to__ = ITSELF
    __retained__ = Retained(
        "learner",
        holder="unit_id",
        began={"leave": "left_at"},
        blanked=("full_name", "folded_name", "sort_name", "birth_date"),
    )
    __opened_by__ = (learns_with("id"),)
    __table_args__ = (
        follows("unit", "unit_id"),
        UniqueConstraint("id", "org_path"),
        Index(None, "org_path", "id"),
        Index(None, "org_path", "sort_name", "id"),
        # By which an upload knows a learner again without a number.
        Index(None, "org_path", "folded_name", "birth_date"),
        Index(None, "org_path", "updated_at"),
        Index(None, "person_id"),
        Index(None, "key_id"),
    )

    unit_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(default_factory=new_id)
    # By which people name the record: `code_of` its id.
    code: Mapped[str] = mapped_column(String(24))
    # Null once the record is destroyed.
    full_name: Mapped[str | None] = mapped_column(String(200))
    folded_name: Mapped[str | None] = mapped_column(String(200))
    sort_name: Mapped[str | None] = mapped_column(SortText)
    birth_date: Mapped[date | None] = mapped_column(default=None)
    sex: Mapped[str] = mapped_column(String(20))
    ethnicity: EncryptedField[str] = EncryptedField()
    nationality: EncryptedField[str] = EncryptedField()
    disability: EncryptedField[str] = EncryptedField()
    # A mark of the department: where the child is, is said to nobody who asks.
    protected_from: Mapped[date | None] = mapped_column(default=None)
    protected_until: Mapped[date | None] = mapped_column(default=None)
    # Since when no enrolment at the unit is present; null while one is.
    left_at: Mapped[datetime | None] = mapped_column(default=None)
    destroyed_at: Mapped[datetime | None] = mapped_column(default=None)


class LearnerIdentifier(Identified, Registered, EncryptedRow, Scoped, Base, kw_only=True):
    """A number or code of a child, from `valid_from` until before `valid_to`. No homeroom teacher reaches it.

    Codes of education are plain `value`s; personal and passport numbers are sealed. All have a blind index.
    """

    __tablename__ = "learner_identifier"
    __access_class__ = AccessClass.LEARNER
    __append_only__ = True
    __belongs_to__ = (PartOf("learner", "learner_id"),)
    __blanked__ = ("value", "value_index")
    __table_args__ = (
        follows("learner", "learner_id"),
        Index(None, "org_path", "id"),
        Index(None, "learner_id", "kind"),
        Index(None, "kind", "value_index"),
        # One number names one record of a unit at a time.
        partial_index("uq_learner_identifier_current", "org_path", "kind", "value_index", where=CURRENT, unique=True),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
    )

    learner_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(60))
    value: Mapped[str | None] = mapped_column(String(32), default=None)
    number: EncryptedField[str] = EncryptedField()
    value_index: Mapped[str | None] = mapped_column(String(32), default=None)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None] = mapped_column(default=None)


class Guardian(Identified, Versioned, Updated, Registered, EncryptedRow, Scoped, Base, kw_only=True):
    """Who cares for a learner, as one learner's record: siblings each have their own.

    A person may be barred for one child alone, and one child's words are destroyed without another's (decision 0014).
    """

    __tablename__ = "guardian"
    __access_class__ = AccessClass.LEARNER
    __append_only__ = True
    __belongs_to__ = (PartOf("learner", "learner_id"),)
    __blanked__ = ("name_index", "phone_index", "second_phone_index", "email_index")
    __opened_by__ = (learns_with("learner_id"),)
    __table_args__ = (
        follows("learner", "learner_id"),
        UniqueConstraint("id", "org_path"),
        UniqueConstraint("learner_id", "relation", "name_index"),
        Index(None, "org_path", "id"),
        Index(None, "phone_index"),
        Index(None, "second_phone_index"),
        Index(None, "email_index"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
    )

    learner_id: Mapped[UUID]
    relation: Mapped[str] = mapped_column(String(60))
    full_name: EncryptedField[str] = EncryptedField()
    birth_year: EncryptedField[int] = EncryptedField()
    phone: EncryptedField[str] = EncryptedField()
    email: EncryptedField[str] = EncryptedField()
    # Of the folded name with the learner's id: equal names of two learners differ.
    name_index: Mapped[str | None] = mapped_column(String(32), default=None)
    # Blind indexes under the name of this column: they match no informant's number.
    phone_index: Mapped[str | None] = mapped_column(String(32), default=None)
    second_phone_index: Mapped[str | None] = mapped_column(String(32), default=None)
    email_index: Mapped[str | None] = mapped_column(String(32), default=None)
    preferred_channel: Mapped[str | None] = mapped_column(String(60), default=None)
    has_contact_details: Mapped[bool]
    # Since when a message to the telephone or address did not arrive; null again once either changes.
    unreachable_since: Mapped[datetime | None] = mapped_column(default=None)
    may_be_contacted: Mapped[bool] = mapped_column(default=True)
    may_know_whereabouts: Mapped[bool] = mapped_column(default=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None] = mapped_column(default=None)


@dataclass(frozen=True, slots=True)
class LearnerFilter:
    class_id: UUID | None = None
    school_year: str | None = None
    status: tuple[str, ...] = ()
    common: ListFilter = UNFILTERED
