"""Campuses: the places where a unit teaches."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, Updated, Versioned, follows
from app.models.learners.registered import Registered


class Campus(Identified, Versioned, Updated, Registered, Scoped, Base, kw_only=True):
    """A place of a unit, from `valid_from` until before `valid_to`; the main one has a code as well."""

    __tablename__ = "campus"
    __access_class__ = AccessClass.LEARNER
    __append_only__ = True
    __table_args__ = (
        follows("unit", "unit_id"),
        UniqueConstraint("id", "org_path"),
        UniqueConstraint("unit_id", "folded_code"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="period"),
        Index(None, "org_path", "id"),
    )

    unit_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(String(32))
    # Found and unique without regard to case, spaces and diacritics.
    folded_code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(300), default=None)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None] = mapped_column(default=None)
