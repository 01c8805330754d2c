"""Reminders that wait for a sender: one message to one guardian on one day."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, follows, partial_index, refers

WAITING: Final = text("fetched_at IS NULL AND ended_at IS NULL")


class CommitmentReminder(Identified, Scoped, Base, kw_only=True):
    """A message to a guardian, of the school that asks. Its number and text are made as it is sent.

    `guardian_key` is a blind index of the telephone or address, the same at every school and for every child: the
    database refuses a second message of a day. Only a day's reminder is fetched, and once.
    """

    __tablename__ = "commitment_reminder"
    __access_class__ = AccessClass.LEARNER
    __audited__ = False
    __updatable__ = ("state", "failure", "fetched_at", "ended_at")
    __table_args__ = (
        follows("unit", "unit_id"),
        follows("guardian", "guardian_id"),
        UniqueConstraint("guardian_key", "day"),
        Index(None, "org_path", "id"),
        Index(None, "day"),
        # A sender walks along it from batch to batch, however many wait.
        partial_index("ix_commitment_reminder_waiting", "day", "channel", "id", where=WAITING),
        Index(None, "campaign_id", "unit_id"),
        CheckConstraint("channel IN ('sms', 'mail')", name="channel"),
    )

    unit_id: Mapped[UUID]
    campaign_id: Mapped[UUID] = mapped_column(refers("commitment_campaign.id"))
    guardian_id: Mapped[UUID]
    guardian_key: Mapped[str] = mapped_column(String(32))
    day: Mapped[date]
    channel: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    # Why the sender failed, as a code.
    failure: Mapped[str | None] = mapped_column(String(32), default=None)
    fetched_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
