"""Messages between an anonymous reporter and the staff who handle the intake."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.core.time import whole_hour
from app.models.base import Base, Identified, Scoped, follows
from app.models.declarations import PartOf
from app.models.sealed import EncryptedField, EncryptedRow


class Message(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """Immutable; belongs to its intake and moves with it. Nothing about the reporter's identity is stored."""

    __tablename__ = "message"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("intake", "intake_id"),)
    __table_args__ = (follows("intake", "intake_id"), Index(None, "intake_id", "org_path"), Index(None, "org_path"))

    intake_id: Mapped[UUID]
    from_reporter: Mapped[bool]
    text: EncryptedField[str] = EncryptedField()
    written_at: Mapped[datetime]
    written_by: Mapped[UUID | None] = mapped_column(default=None)
    by_kind: Mapped[str | None] = mapped_column(String(40), default=None)
    read_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def shown_at(self) -> datetime:
        """`written_at` gives the order; for a reporter's message only the hour is disclosed."""
        return whole_hour(self.written_at) if self.from_reporter else self.written_at

    @property
    def is_read(self) -> bool:
        """No time is disclosed: it would reveal when a child used a device."""
        return self.read_at is not None
