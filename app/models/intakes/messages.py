"""Messages between an anonymous reporter and the staff who handle the intake."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core import time
from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Pending, Scoped, follows
from app.models.declarations import PartOf
from app.models.sealed import EncryptedField, EncryptedRow


class Message(Identified, EncryptedRow, Pending, Scoped, Base, kw_only=True):
    """Immutable; belongs to its intake and moves with it. Nothing about the reporter's identity is stored."""

    __tablename__ = "message"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("intake", "intake_id"),)
    __table_args__ = (follows("intake", "intake_id"), Index(None, "intake_id", "org_path"), Index(None, "org_path"))

    intake_id: Mapped[UUID]
    from_reporter: Mapped[bool]
    text: EncryptedField[str] = EncryptedField()
    # For a reporter's message, the hour only.
    written_at: Mapped[datetime]
    written_by: Mapped[UUID | None] = mapped_column(default=None)
    by_kind: Mapped[str | None] = mapped_column(String(40), default=None)
    # For a message of staff, the moment of the grid from which its author sees that the reporter has read it.
    read_at: Mapped[datetime | None] = mapped_column(default=None)
    immediate_danger: Mapped[bool] = mapped_column(default=False)
    # Orders the reporter's messages, which share moments of the grid; 0 for messages of staff.
    position: Mapped[int] = mapped_column(default=0)

    @property
    def in_order(self) -> tuple[datetime, int, UUID]:
        """The order of a thread, the same for both sides: a reporter's message stands where staff first see it."""
        return self.visible_from or self.written_at, self.position, self.id

    @property
    def is_read(self) -> bool:
        """No time is disclosed: it would reveal when a child used a device."""
        return self.read_at is not None and self.read_at <= time.utc_now()
