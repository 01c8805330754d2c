"""Campaigns: a unit asks the schools of its line, or its own classes, for commitments of a school year."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Codes, Identified, JsonValue, Platform, Versioned, refers


class CommitmentCampaign(Identified, Versioned, Platform, Base, kw_only=True):
    """What is to be signed in which days. It names no person; a school adopts it and has its classes in it."""

    __tablename__ = "commitment_campaign"
    __append_only__ = True
    __table_args__ = (
        CheckConstraint("closes_on >= opens_on", name="window"),
        Index(None, "school_year", "unit_id"),
    )

    unit_id: Mapped[UUID] = mapped_column(refers("unit.id"))
    code: Mapped[str] = mapped_column(String(24), unique=True)
    school_year: Mapped[str] = mapped_column(refers("school_year.code"))
    title_vi: Mapped[str] = mapped_column(String(300))
    title_en: Mapped[str | None] = mapped_column(String(300), default=None)
    # Published versions, at most one for each school level.
    template_ids: Mapped[Codes]
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    # As app.schemas.commitments.reminders.ReminderRules; null: nobody is reminded.
    reminders: Mapped[dict[str, Any] | None] = mapped_column(JsonValue, default=None)
    # The last day for which reminders wait.
    reminders_planned_on: Mapped[date | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]


@dataclass(frozen=True, slots=True)
class CampaignFilter:
    school_year: str | None = None
