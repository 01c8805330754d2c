"""A class in a campaign, with the obligations of its learners, what was recorded of them, and the counters."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, Versioned, follows, partial_index, refers
from app.models.declarations import ITSELF, PartOf, Reference, Retained
from app.models.openings import Membership
from app.models.sealed import EncryptedField, EncryptedRow
from app.models.stored_files import StoredFile, owned_by

# Not by the state: PostgreSQL would then write every index anew for each signature.
STANDING: Final = text("NOT is_void")
# Nearly every obligation changes once, and finds its place on the same page.
ROOM: Final = {"postgresql_with": {"fillfactor": 50}}
# The homeroom teacher of the class records what it signed, for the days of the post.
SIGNED_WITH = Membership(
    column="class_id",
    table="class_teacher",
    key="class_id",
    user="user_id",
    since="valid_from",
    until="valid_to",
    writes=True,
)


class CommitmentClass(Identified, Versioned, EncryptedRow, Scoped, Base, kw_only=True):
    """A class in a campaign: one template, one sheet. `code` is printed on each page of the sheet.

    Its key seals the scans of its sheets and the reasons of refusals.
    """

    __tablename__ = "commitment_class"
    __access_class__ = AccessClass.LEARNER
    __append_only__ = True
    __belongs_to__ = ITSELF
    __retained__ = Retained("commitment", holder="unit_id", began={"open": "opened_at"})
    __opened_by__ = (SIGNED_WITH,)
    __table_args__ = (
        follows("unit", "unit_id"),
        follows("school_class", "class_id"),
        UniqueConstraint("id", "org_path"),
        UniqueConstraint("campaign_id", "class_id"),
        Index(None, "org_path", "id"),
        Index(None, "class_id"),
    )

    unit_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(String(24), unique=True)
    campaign_id: Mapped[UUID] = mapped_column(refers("commitment_campaign.id"))
    class_id: Mapped[UUID]
    template_id: Mapped[UUID] = mapped_column(refers("commitment_template.id"))
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID]
    destroyed_at: Mapped[datetime | None] = mapped_column(default=None)


class CommitmentObligation(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """That one party of one learner is asked to sign in a class; `state` follows from the last entry."""

    __tablename__ = "commitment_obligation"
    __access_class__ = AccessClass.LEARNER
    __append_only__ = True
    __belongs_to__ = (PartOf("commitment_class", "commitment_class_id"),)
    __refers_to__ = (Reference("learner", "learner_id"),)
    __updatable__ = ("state", "state_at", "is_void", "learner_id")
    __blanked__ = ("learner_id",)
    __opened_by__ = (SIGNED_WITH,)
    __table_args__ = (
        follows("commitment_class", "commitment_class_id"),
        follows("school_class", "class_id"),
        follows("learner", "learner_id"),
        UniqueConstraint("id", "org_path"),
        UniqueConstraint("commitment_class_id", "learner_id", "party"),
        # A learner who changes class is asked in one class at a time.
        partial_index(
            "uq_commitment_obligation_standing", "campaign_id", "learner_id", "party", where=STANDING, unique=True
        ),
        Index(None, "org_path", "id"),
        Index(None, "commitment_class_id"),
        Index(None, "class_id"),
        CheckConstraint("party IN ('pupil', 'guardian')", name="party"),
        CheckConstraint("is_void = (state = 'void')", name="void"),
        ROOM,
    )

    campaign_id: Mapped[UUID] = mapped_column(refers("commitment_campaign.id"))
    commitment_class_id: Mapped[UUID]
    class_id: Mapped[UUID]
    # Null once the class is destroyed.
    learner_id: Mapped[UUID | None]
    party: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(20))
    state_at: Mapped[datetime]
    is_void: Mapped[bool] = mapped_column(default=False)


class CommitmentEntry(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """What was recorded of an obligation, in which way and of which version. A correction withdraws it, then adds one.

    `signed_on` is the day on the paper, `recorded_at` the server's time. `guardian_id` is the guardian who answered,
    where known. The holder of a slip has no account, so `slip_id` takes the place of `recorded_by`.
    """

    __tablename__ = "commitment_entry"
    __access_class__ = AccessClass.LEARNER
    __append_only__ = True
    __belongs_to__ = (PartOf("commitment_class", "commitment_class_id"),)
    __updatable__ = ("withdrawn_at", "withdrawn_by", "guardian_id")
    __blanked__ = ("guardian_id",)
    __opened_by__ = (SIGNED_WITH,)
    __table_args__ = (
        follows("commitment_class", "commitment_class_id"),
        follows("commitment_obligation", "obligation_id"),
        follows("commitment_file", "file_id"),
        follows("school_class", "class_id"),
        follows("guardian", "guardian_id"),
        follows("commitment_slip", "slip_id"),
        Index(None, "org_path", "id"),
        Index(None, "commitment_class_id"),
        Index(None, "obligation_id"),
        Index(None, "class_id"),
        CheckConstraint("(recorded_by IS NULL) = (slip_id IS NOT NULL)", name="recorder"),
    )

    commitment_class_id: Mapped[UUID]
    class_id: Mapped[UUID]
    obligation_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(20))
    way: Mapped[str] = mapped_column(String(20))
    template_id: Mapped[UUID] = mapped_column(refers("commitment_template.id"))
    file_id: Mapped[UUID | None] = mapped_column(default=None)
    signed_on: Mapped[date]
    reason: EncryptedField[str] = EncryptedField()
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None] = mapped_column(default=None)
    guardian_id: Mapped[UUID | None] = mapped_column(default=None)
    slip_id: Mapped[UUID | None] = mapped_column(default=None)
    # What the holder of a slip was given, to name the entry by.
    receipt: Mapped[str | None] = mapped_column(String(24), unique=True, default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    withdrawn_by: Mapped[UUID | None] = mapped_column(default=None)


class CommitmentCount(Identified, Scoped, Base, kw_only=True):
    """The leaf counter of a party of a class, changed in the transaction of each entry and summed upward at reading."""

    __tablename__ = "commitment_count"
    __access_class__ = AccessClass.LEARNER
    __audited__ = False
    __append_only__ = True
    __updatable__ = ("owed", "settled", "signed")
    __refers_to__ = (Reference("commitment_class", "commitment_class_id"),)
    __opened_by__ = (SIGNED_WITH,)
    __table_args__ = (
        follows("commitment_class", "commitment_class_id"),
        follows("school_class", "class_id"),
        UniqueConstraint("commitment_class_id", "party"),
        CheckConstraint("0 <= signed AND signed <= settled AND settled <= owed", name="settled"),
        Index(None, "org_path", "id"),
        Index(None, "campaign_id", "org_path"),
        Index(None, "class_id"),
    )

    campaign_id: Mapped[UUID] = mapped_column(refers("commitment_campaign.id"))
    commitment_class_id: Mapped[UUID]
    class_id: Mapped[UUID]
    party: Mapped[str] = mapped_column(String(16))
    owed: Mapped[int] = mapped_column(default=0)
    settled: Mapped[int] = mapped_column(default=0)
    signed: Mapped[int] = mapped_column(default=0)


class CommitmentFile(StoredFile, kw_only=True):
    """The scan of a signed class sheet, or of a witnessed list."""

    __tablename__ = "commitment_file"
    __access_class__ = AccessClass.LEARNER
    __belongs_to__ = (PartOf("commitment_class", "commitment_class_id"),)
    __opened_by__ = (SIGNED_WITH,)
    __table_args__ = (
        *owned_by("commitment_class", "commitment_class_id"),
        follows("school_class", "class_id"),
        UniqueConstraint("id", "org_path"),
        Index(None, "class_id"),
    )

    commitment_class_id: Mapped[UUID]
    class_id: Mapped[UUID]


@dataclass(frozen=True, slots=True)
class CommitmentClassFilter:
    campaign_id: UUID | None = None
    settled: bool | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What is owed, settled and signed by a party of a class."""

    owed: int = 0
    settled: int = 0
    signed: int = 0


def part_of(row: CommitmentClass) -> dict[str, Any]:
    """The columns of a part of a class in a campaign."""
    return {"commitment_class_id": row.id, "class_id": row.class_id, "org_path": row.org_path}
