"""Webhooks that receive a unit's notices outside this system, and their deliveries."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Codes, Identified, LongText, Scoped, Versioned, follows


class Webhook(Identified, Versioned, Scoped, Base, kw_only=True):
    """The address of a system that a unit trusts. `sequence` numbers the deliveries so that a receiver detects gaps."""

    __tablename__ = "webhook"
    __table_args__ = (
        follows("unit", "unit_id"),
        UniqueConstraint("id", "org_path"),
        Index(None, "unit_id"),
        Index(None, "org_path", "id"),
    )
    __access_class__ = AccessClass.ACCOUNT

    unit_id: Mapped[UUID]
    url: Mapped[str] = mapped_column(String(500))
    kinds: Mapped[Codes] = mapped_column(default_factory=list)
    secret_sealed: Mapped[str] = mapped_column(String(200))
    former_secret_sealed: Mapped[str | None] = mapped_column(String(200), default=None)
    former_until: Mapped[datetime | None] = mapped_column(default=None)
    state: Mapped[str] = mapped_column(String(16), default="active")
    sequence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(default=None)


class WebhookDelivery(Identified, Scoped, Base, kw_only=True):
    """One message to one webhook, pending until delivered or abandoned. The signature covers the bytes of `body`."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        follows("webhook", "webhook_id"),
        UniqueConstraint("webhook_id", "sequence"),
        UniqueConstraint("webhook_id", "notice_id"),
        Index(None, "webhook_id", "org_path"),
        Index(None, "created_at"),
    )
    __access_class__ = AccessClass.ACCOUNT

    webhook_id: Mapped[UUID]
    notice_id: Mapped[UUID | None] = mapped_column(default=None)
    sequence: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))
    body: Mapped[LongText]
    state: Mapped[str] = mapped_column(String(16), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    last_status: Mapped[int | None] = mapped_column(default=None)
    delivered_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
