"""Exports: what somebody took out of a unit's lists as a document, and why."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, follows, refers
from app.models.declarations import ITSELF, Retained
from app.models.sealed import EncryptedField, EncryptedRow


class Export(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """An export: what was asked for, why, and how many rows it had. The document itself is not stored."""

    __tablename__ = "export"
    __access_class__ = AccessClass.LEARNER
    __append_only__ = True
    __belongs_to__ = ITSELF
    __retained__ = Retained("export", holder="unit_id", began={"export": "exported_at"})
    __table_args__ = (follows("unit", "unit_id"), Index(None, "org_path", "id"), Index(None, "exported_at"))

    unit_id: Mapped[UUID]
    # By which people name it; the name of the document.
    code: Mapped[str] = mapped_column(String(24), unique=True)
    exported: Mapped[str] = mapped_column(String(40))
    format: Mapped[str] = mapped_column(String(8))
    school_year: Mapped[str | None] = mapped_column(refers("school_year.code"), default=None)
    first_day: Mapped[date | None] = mapped_column(default=None)
    last_day: Mapped[date | None] = mapped_column(default=None)
    rows: Mapped[int]
    reason: EncryptedField[str] = EncryptedField()
    exported_at: Mapped[datetime]
    exported_by: Mapped[UUID]
    by_role: Mapped[str] = mapped_column(String(32))
