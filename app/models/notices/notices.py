"""Notices of pending work to a unit: codes and ids, never text of a case."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.core.time import whole_hour
from app.models.base import Base, Identified, Json, Scoped, follows
from app.models.declarations import About
from app.models.notices.kinds import NOTICES
from app.models.openings import Named


class Notice(Identified, Scoped, Base, kw_only=True):
    __tablename__ = "notice"
    __access_class__ = AccessClass.CASE
    __audited__ = False
    # Also readable by the accounts of an agency, which has no range, and by the person whom it names.
    __opened_by__ = (Named(unit="unit_id", user="recipient_id"),)
    __refers_to__ = (About("incident", "incident_id"),)
    __table_args__ = (
        follows("unit", "unit_id"),
        Index(None, "unit_id", "id"),
        Index(None, "recipient_id", "id"),
        Index(None, "org_path"),
    )

    unit_id: Mapped[UUID]
    # The one person of the unit whom it is for; without, all of the unit.
    recipient_id: Mapped[UUID | None] = mapped_column(default=None)
    kind: Mapped[str] = mapped_column(String(40))
    incident_id: Mapped[UUID | None] = mapped_column(default=None)
    data: Mapped[Json] = mapped_column(default_factory=dict)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None] = mapped_column(default=None)
    read_by: Mapped[UUID | None] = mapped_column(default=None)

    @property
    def told_at(self) -> datetime:
        return whole_hour(self.created_at) if NOTICES[self.kind].follows_reporters else self.created_at
