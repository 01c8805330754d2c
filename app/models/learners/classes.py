"""Classes of a school year, and their homeroom teachers by date."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.filters import UNFILTERED, ListFilter
from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, Updated, Versioned, follows, refers
from app.models.learners.registered import Registered
from app.models.openings import Membership, Named, Through


def taught(column: str) -> Membership:
    """Opened to the homeroom teacher, for the days of the post, of the class in the column."""
    return Membership(
        column=column, table="class_teacher", key="class_id", user="user_id", since="valid_from", until="valid_to"
    )


def learns_with(column: str) -> Through:
    """Opened to the homeroom teacher of the class in which the learner in the column is."""
    return Through(column=column, table="enrolment", key="learner_id", ended="left_on", way=taught("class_id"))


class SchoolClass(Identified, Versioned, Updated, Registered, Scoped, Base, kw_only=True):
    """A class of one school year."""

    __tablename__ = "school_class"
    __access_class__ = AccessClass.LEARNER
    __append_only__ = True
    __opened_by__ = (taught("id"),)
    __table_args__ = (
        follows("unit", "unit_id"),
        follows("campus", "campus_id"),
        UniqueConstraint("id", "org_path"),
        UniqueConstraint("unit_id", "school_year", "folded_code"),
        Index(None, "org_path", "id"),
        Index(None, "org_path", "school_year", "updated_at"),
    )

    unit_id: Mapped[UUID]
    school_year: Mapped[str] = mapped_column(refers("school_year.code"))
    code: Mapped[str] = mapped_column(String(32))
    folded_code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    # Null in a preschool and in classes of several grades.
    grade: Mapped[str | None] = mapped_column(String(60), default=None)
    school_level: Mapped[str] = mapped_column(String(60))
    campus_id: Mapped[UUID | None] = mapped_column(default=None)


class ClassTeacher(Identified, Scoped, Base, kw_only=True):
    """The homeroom teacher of a class, from `valid_from` until before `valid_to`. It opens the class to the teacher."""

    __tablename__ = "class_teacher"
    __access_class__ = AccessClass.LEARNER
    __opened_by__ = (Named(user="user_id"),)
    __table_args__ = (
        follows("school_class", "class_id"),
        UniqueConstraint("class_id", "valid_from"),
        CheckConstraint("valid_to > valid_from", name="period"),
        Index(None, "org_path", "id"),
        Index(None, "user_id", "class_id"),
    )

    class_id: Mapped[UUID]
    user_id: Mapped[UUID]
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]


@dataclass(frozen=True, slots=True)
class ClassFilter:
    school_year: str | None = None
    grade: str | None = None
    common: ListFilter = UNFILTERED
