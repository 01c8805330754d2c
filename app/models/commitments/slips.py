"""Slips: a guardian's paper with a code, by which its holder reads, signs and refuses without an account."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, follows, partial_index
from app.models.commitments.classes import SIGNED_WITH
from app.models.declarations import PartOf
from app.models.sealed import EncryptedRow

STANDING: Final = text("ended_at IS NULL")


class CommitmentSlip(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """A slip that was printed for one guardian. The paper alone has the code: the row has its keyed digest.

    A reprint, a withdrawal and a handing over end it, and the row stays.
    """

    __tablename__ = "commitment_slip"
    __access_class__ = AccessClass.LEARNER
    __append_only__ = True
    __belongs_to__ = (PartOf("commitment_class", "commitment_class_id"),)
    __blanked__ = ("guardian_id", "code_digest", "pin_digest")
    __updatable__ = (
        *__blanked__,
        *("wrong_count", "wait_until", "call_asked_at"),
        *("ended_at", "ended_by", "ended_because"),
    )
    __opened_by__ = (SIGNED_WITH,)
    __table_args__ = (
        follows("commitment_class", "commitment_class_id"),
        follows("commitment_obligation", "obligation_id"),
        follows("school_class", "class_id"),
        follows("guardian", "guardian_id"),
        follows("commitment_slip", "replaces_id"),
        UniqueConstraint("id", "org_path"),
        partial_index("uq_commitment_slip_standing", "obligation_id", "guardian_id", where=STANDING, unique=True),
        Index(None, "org_path", "id"),
        Index(None, "commitment_class_id"),
        Index(None, "class_id"),
        Index(None, "guardian_id"),
        CheckConstraint("(ended_at IS NULL) = (ended_because IS NULL)", name="ended"),
    )

    commitment_class_id: Mapped[UUID]
    class_id: Mapped[UUID]
    obligation_id: Mapped[UUID]
    # Null once the class is destroyed, as are the digests.
    guardian_id: Mapped[UUID | None]
    code_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    # Made on request and handed over separately; with one, the telephone opens nothing.
    pin_digest: Mapped[str | None] = mapped_column(String(64), default=None)
    replaces_id: Mapped[UUID | None] = mapped_column(default=None)
    issued_at: Mapped[datetime]
    issued_by: Mapped[UUID]
    expires_on: Mapped[date]
    # Wrong second things since the last right one, and until when every further one is refused.
    wrong_count: Mapped[int] = mapped_column(default=0)
    wait_until: Mapped[datetime | None] = mapped_column(default=None)
    call_asked_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_by: Mapped[UUID | None] = mapped_column(default=None)
    ended_because: Mapped[str | None] = mapped_column(String(16), default=None)
