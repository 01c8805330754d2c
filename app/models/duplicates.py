"""Merges of incidents of one event. Both incidents remain, and a merge can be undone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Json, Scoped, Versioned, follows
from app.models.declarations import PartOf, Related
from app.models.sealed import EncryptedField, EncryptedRow


class IncidentMerge(Identified, Versioned, EncryptedRow, Scoped, Base, kw_only=True):
    """One incident merged into another. Belongs to the absorbed incident; readable by callers who see both.

    `before` stores the other values that the merge changed (ids, times, codes), to undo it.
    """

    __tablename__ = "incident_merge"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __refers_to__ = (Related("incident", "survivor_id"),)
    __table_args__ = (
        follows("incident", "incident_id"),
        Index(None, "incident_id", "org_path"),
        Index(None, "survivor_id"),
    )

    incident_id: Mapped[UUID]
    # No foreign key with the path: the survivor may have another holder, so another path.
    survivor_id: Mapped[UUID]
    before: Mapped[Json] = mapped_column(default_factory=dict)
    reason: EncryptedField[str] = EncryptedField()
    merged_at: Mapped[datetime]
    merged_by: Mapped[UUID | None] = mapped_column(default=None)
    undone_at: Mapped[datetime | None] = mapped_column(default=None)
    undone_by: Mapped[UUID | None] = mapped_column(default=None)
    undo_reason: EncryptedField[str] = EncryptedField()
