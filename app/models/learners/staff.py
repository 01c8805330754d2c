"""Staff of a unit with their posts by date; an account is another thing, and many have none."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, Updated, Versioned, follows
from app.models.learners.learners import SortText
from app.models.learners.registered import Registered


class StaffMember(Identified, Versioned, Updated, Registered, Scoped, Base, kw_only=True):
    """Somebody who works at the unit. `code` is the code of the national database, as opaque text."""

    __tablename__ = "staff_member"
    __access_class__ = AccessClass.LEARNER
    __append_only__ = True
    __table_args__ = (
        follows("unit", "unit_id"),
        UniqueConstraint("id", "org_path"),
        UniqueConstraint("unit_id", "code"),
        Index(None, "org_path", "id"),
        Index(None, "org_path", "sort_name", "id"),
    )

    unit_id: Mapped[UUID]
    code: Mapped[str | None] = mapped_column(String(32), default=None)
    full_name: Mapped[str] = mapped_column(String(200))
    folded_name: Mapped[str] = mapped_column(String(200))
    sort_name: Mapped[str] = mapped_column(SortText)
    user_id: Mapped[UUID | None] = mapped_column(default=None)


class StaffPost(Identified, Scoped, Base, kw_only=True):
    """A post of a member of staff, from `valid_from` until before `valid_to`.

    `edited_at`: the last change by hand. Nothing deletes it: an upload that is reverted leaves it void.
    """

    __tablename__ = "staff_post"
    __access_class__ = AccessClass.LEARNER
    __table_args__ = (
        follows("staff_member", "staff_id"),
        Index(None, "org_path", "id"),
        UniqueConstraint("staff_id", "post", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="period"),
    )

    staff_id: Mapped[UUID]
    post: Mapped[str] = mapped_column(String(60))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]
    edited_at: Mapped[datetime | None] = mapped_column(default=None)
    voided_at: Mapped[datetime | None] = mapped_column(default=None)
