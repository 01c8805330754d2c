"""Mailboxes: a unit's email address, which receives the number of unread notices and no content."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, Versioned, follows


class Mailbox(Identified, Versioned, Scoped, Base, kw_only=True):
    """At most one email per `every_minutes`."""

    __tablename__ = "mailbox"
    __table_args__ = (follows("unit", "unit_id"), Index(None, "unit_id"), Index(None, "org_path", "id"))
    __access_class__ = AccessClass.ACCOUNT

    unit_id: Mapped[UUID]
    address_sealed: Mapped[str] = mapped_column(String(600))
    every_minutes: Mapped[int]
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(default=None)
