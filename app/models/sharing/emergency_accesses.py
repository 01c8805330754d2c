"""Emergency access: a user opens a case outside their reach, with a reason, for hours, subject to review."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, Versioned, follows, refers
from app.models.declarations import PartOf
from app.models.sealed import EncryptedField, EncryptedRow


class EmergencyAccess(Identified, Versioned, EncryptedRow, Scoped, Base, kw_only=True):
    """Visible to the line that holds the case. The access itself is a grant (`grant_id`) to the requester."""

    __tablename__ = "emergency_access"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __table_args__ = (
        follows("incident", "incident_id"),
        Index(None, "incident_id", "org_path"),
        Index(None, "opened_by", "opened_at"),
    )

    incident_id: Mapped[UUID]
    grant_id: Mapped[UUID]
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID]
    by_role: Mapped[str] = mapped_column(String(32))
    by_unit_id: Mapped[UUID] = mapped_column(refers("unit.id"))
    expires_at: Mapped[datetime]
    reason: EncryptedField[str] = EncryptedField()
    reviewed_at: Mapped[datetime | None] = mapped_column(default=None)
    reviewed_by: Mapped[UUID | None] = mapped_column(default=None)
    is_justified: Mapped[bool | None] = mapped_column(default=None)
    review: EncryptedField[str] = EncryptedField()
