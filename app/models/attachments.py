"""Attachments: the files of an incident. Rows only; the encrypted contents are in the object store."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass, Tier
from app.models.base import Base, Identified, Scoped, Versioned, follows
from app.models.declarations import PartOf
from app.models.openings import shared_from
from app.models.sealed import EncryptedField, EncryptedRow


class Attachment(Identified, Versioned, EncryptedRow, Scoped, Base, kw_only=True):
    """An original file and, for an image, a shared copy without metadata. After destruction the row is a tombstone."""

    __tablename__ = "attachment"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __table_args__ = (
        follows("incident", "incident_id"),
        CheckConstraint("(shared_object IS NULL) = (shared_size IS NULL)", name="shared_copy"),
        UniqueConstraint("incident_id", "fingerprint"),
        Index(None, "incident_id", "org_path"),
    )
    __opened_by__ = shared_from(Tier.CIRCUMSTANCES)

    incident_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(16))
    title: EncryptedField[str] = EncryptedField()
    size: Mapped[int] = mapped_column(BigInteger)
    object_name: Mapped[str] = mapped_column(String(40), unique=True)
    shared_object: Mapped[str | None] = mapped_column(String(40), unique=True, default=None)
    shared_size: Mapped[int | None] = mapped_column(BigInteger, default=None)
    copy_state: Mapped[str] = mapped_column(String(16))
    # Content keys and the hash of the original, encrypted under the case's key and destroyed with it. Destroying the
    # file clears them and the keyed hash that finds duplicates.
    keys: EncryptedField[dict[str, str]] = EncryptedField()
    fingerprint: Mapped[str | None] = mapped_column(String(64), default=None)
    # Outside the holder's line only the shared copy is served, unless a leader of the holder releases the original.
    released_at: Mapped[datetime | None] = mapped_column(default=None)
    released_by: Mapped[UUID | None] = mapped_column(default=None)
    released_because: EncryptedField[str] = EncryptedField()
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(default=None)
    destroyed_at: Mapped[datetime | None] = mapped_column(default=None)
    destroyed_by: Mapped[UUID | None] = mapped_column(default=None)
    destroyed_because: EncryptedField[str] = EncryptedField()
