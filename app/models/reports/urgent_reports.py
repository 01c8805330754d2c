"""The texts of urgent reports: documents of the incident, of which the report has only the times and the hash."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, Versioned, follows, refers
from app.models.declarations import PartOf, Reference
from app.models.sealed import EncryptedField, EncryptedRow


class UrgentReportText(Identified, Versioned, EncryptedRow, Scoped, Base, kw_only=True):
    """One version of an urgent report of `unit_id` on an incident. It is shared with nobody outside the line.

    The row names the report; nothing of the report names the incident.
    """

    __tablename__ = "urgent_report_text"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __refers_to__ = (Reference("report", "report_id"),)
    __table_args__ = (
        follows("incident", "incident_id"),
        UniqueConstraint("report_id", "number"),
        CheckConstraint("(submitted_at IS NULL) = (digest IS NULL)", name="frozen"),
        Index(None, "incident_id", "org_path"),
    )

    incident_id: Mapped[UUID]
    report_id: Mapped[UUID] = mapped_column(refers("report.id"))
    # The unit that drafts and submits it: the holder of that time.
    unit_id: Mapped[UUID] = mapped_column(refers("unit.id"))
    number: Mapped[int]
    # By item of the template.
    narratives: EncryptedField[dict[str, str]] = EncryptedField()
    # What was submitted, whole, and the salt of its hash: once both are destroyed, no guess can be compared with it.
    snapshot: EncryptedField[dict[str, Any]] = EncryptedField()
    salt: EncryptedField[str] = EncryptedField()
    digest: Mapped[str | None] = mapped_column(String(64), default=None)
    started_at: Mapped[datetime]
    started_by: Mapped[UUID]
    edited_at: Mapped[datetime]
    edited_by: Mapped[UUID]
    submitted_at: Mapped[datetime | None] = mapped_column(default=None)
    submitted_by: Mapped[UUID | None] = mapped_column(default=None)
