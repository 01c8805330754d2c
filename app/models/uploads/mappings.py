"""The columns that people of a unit chose for heads of its files."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, follows
from app.models.declarations import Reference


class UploadMapping(Identified, Scoped, Base, kw_only=True):
    """A head that a person once mapped to a column, as a keyed digest: what a head says may be personal data."""

    __tablename__ = "upload_mapping"
    __access_class__ = AccessClass.UPLOAD
    __refers_to__ = (Reference("upload", "upload_id"),)
    __table_args__ = (
        follows("unit", "unit_id"),
        UniqueConstraint("unit_id", "dataset", "head_digest"),
        Index(None, "org_path", "id"),
    )

    unit_id: Mapped[UUID]
    dataset: Mapped[str] = mapped_column(String(40))
    column_name: Mapped[str] = mapped_column(String(60))
    head_digest: Mapped[str] = mapped_column(String(64))
    # The upload whose request named it last, and the place of the head there.
    upload_id: Mapped[UUID]
    at: Mapped[int]
    mapped_at: Mapped[datetime]
    mapped_by: Mapped[UUID]
