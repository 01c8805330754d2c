"""Attachments: the files of an incident."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass, Tier
from app.models.declarations import PartOf
from app.models.openings import shared_from
from app.models.sealed import EncryptedField
from app.models.stored_files import StoredFile, owned_by


class Attachment(StoredFile, kw_only=True):
    __tablename__ = "attachment"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __table_args__ = owned_by("incident", "incident_id")
    __opened_by__ = shared_from(Tier.CIRCUMSTANCES)

    incident_id: Mapped[UUID]
    # Outside the holder's line only the shared copy is served, unless a leader of the holder releases the original.
    released_at: Mapped[datetime | None] = mapped_column(default=None)
    released_by: Mapped[UUID | None] = mapped_column(default=None)
    released_because: EncryptedField[str] = EncryptedField()
