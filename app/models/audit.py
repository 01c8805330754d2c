"""The audit log: who wrote or opened what, in the same transaction; signed in blocks afterwards."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, LongText, Platform, Scoped, follows, partial_index, refers

UNSEALED = text("block IS NULL")


class AuditEntry(Identified, Scoped, Base, kw_only=True):
    """One action. `digest` covers the bytes of `body` (canonical JSON), which verification never parses.

    `unit_id` and `org_path` are the actor's; an entry contains no personal name and no field value.
    """

    __tablename__ = "audit_entry"
    __audited__ = False
    __updatable__ = ("block", "position")
    __append_only__ = True
    __table_args__ = (
        follows("unit", "unit_id"),
        Index(None, "org_path", "id"),
        Index(None, "block", "position"),
        partial_index("ix_audit_entry_unsealed", "id", where=UNSEALED),
    )
    __access_class__ = AccessClass.AUDIT
    # An anonymous caller's is of the next moment of the grid.
    __visible_from__ = "at"

    unit_id: Mapped[UUID | None] = mapped_column(default=None)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None] = mapped_column(default=None)
    role: Mapped[str | None] = mapped_column(String(32), default=None)
    about: Mapped[str] = mapped_column(String(60))
    body: Mapped[LongText]
    digest: Mapped[str] = mapped_column(String(64))
    block: Mapped[int | None] = mapped_column(default=None)
    position: Mapped[int | None] = mapped_column(default=None)


class AuditSubject(Platform, Base, kw_only=True):
    """The incidents, intakes and learners that an entry concerns, to answer a family's question, and its upload.

    Intakes are listed separately: an intake may be linked to its incident after it was read. Of learners the acts that
    wrote are listed. What an upload wrote is listed by the upload (`upload_change`).
    """

    __tablename__ = "audit_subject"
    __audited__ = False
    __updatable__ = ()
    __append_only__ = True
    __table_args__ = (Index(None, "subject_id", "entry_id"),)

    entry_id: Mapped[UUID] = mapped_column(refers("audit_entry.id"), primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)


class AuditBlock(Platform, Base, kw_only=True):
    """A block of entries: the root of their Merkle tree, chained to the previous block and signed (Ed25519)."""

    __tablename__ = "audit_block"
    __audited__ = False
    __updatable__ = ("number",)
    __append_only__ = True

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    previous: Mapped[str] = mapped_column(String(64))
    root: Mapped[str] = mapped_column(String(64))
    count: Mapped[int]
    sealed_at: Mapped[datetime]
    signature: Mapped[str] = mapped_column(String(128))


@dataclass(frozen=True, slots=True)
class AuditFilter:
    actor_id: UUID | None = None
    about: tuple[str, ...] = ()
    incident_id: UUID | None = None
    record_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
