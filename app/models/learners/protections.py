"""Protected learners: a mark of the department by which nobody who asks hears where the child is."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, Updated, Versioned, follows, refers
from app.models.declarations import Reference


class LearnerProtection(Identified, Versioned, Updated, Scoped, Base, kw_only=True):
    """A mark from `valid_from` until before `valid_to`. It lies with the department and holds for each of the child's
    records."""

    __tablename__ = "learner_protection"
    __access_class__ = AccessClass.LEARNER
    __append_only__ = True
    # The learner's record lies at another unit.
    __refers_to__ = (Reference("learner", "learner_id"),)
    __table_args__ = (
        follows("unit", "unit_id"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
        Index(None, "org_path", "id"),
        Index(None, "learner_id"),
    )

    unit_id: Mapped[UUID]
    learner_id: Mapped[UUID]
    school_id: Mapped[UUID] = mapped_column(refers("unit.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None] = mapped_column(default=None)
    decision_number: Mapped[str] = mapped_column(String(100))
    set_at: Mapped[datetime]
    set_by: Mapped[UUID]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_by: Mapped[UUID | None] = mapped_column(default=None)
