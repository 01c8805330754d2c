"""Enrolments: a learner in a school year, with dated statuses and classes."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Platform, Scoped, Updated, Versioned, follows, refers
from app.models.declarations import Related
from app.models.learners.classes import taught
from app.models.learners.registered import Registered


class EnrolmentStatusCode(Platform, Base, kw_only=True):
    """A status of the national database, from `valid_from` until before `valid_to`, and what it says of the learner."""

    __tablename__ = "enrolment_status_code"

    code: Mapped[str] = mapped_column(String(8), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None] = mapped_column(default=None)
    position: Mapped[int]
    label_vi: Mapped[str] = mapped_column(String(200))
    label_en: Mapped[str] = mapped_column(String(200))
    is_present: Mapped[bool]
    # `first`, `second` or `summer`; null: any.
    falls_in: Mapped[str | None] = mapped_column(String(8), default=None)
    # `in` or `out`: the learner came from another school, or went to one.
    movement: Mapped[str | None] = mapped_column(String(4), default=None)
    is_confirmed: Mapped[bool]
    source: Mapped[str] = mapped_column(String(300))


class Enrolment(Identified, Versioned, Updated, Registered, Scoped, Base, kw_only=True):
    """A learner at the unit in one school year. Class and status are those of the last dated status.

    `start_class_id` is the class at entry; at the year's end `class_id` is the class at its end.
    """

    __tablename__ = "enrolment"
    __access_class__ = AccessClass.LEARNER
    __append_only__ = True
    __refers_to__ = (Related("learner", "learner_id"),)
    __opened_by__ = (taught("class_id"),)
    __table_args__ = (
        follows("learner", "learner_id"),
        follows("school_class", "start_class_id"),
        follows("school_class", "class_id"),
        UniqueConstraint("id", "org_path"),
        UniqueConstraint("learner_id", "school_year"),
        Index(None, "org_path", "id"),
        Index(None, "org_path", "school_year", "status"),
        Index(None, "class_id", "learner_id"),
    )

    learner_id: Mapped[UUID]
    school_year: Mapped[str] = mapped_column(refers("school_year.code"))
    start_class_id: Mapped[UUID]
    class_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(String(8))
    status_on: Mapped[date]
    entered_on: Mapped[date]
    left_on: Mapped[date | None] = mapped_column(default=None)


class EnrolmentStatus(Identified, Updated, Scoped, Base, kw_only=True):
    """The status and class of an enrolment, from `valid_from` until before `valid_to`; null: still.

    It stays in reach of the homeroom teacher of its class when the enrolment moves on, and says so by `valid_to`.
    """

    __tablename__ = "enrolment_status"
    __access_class__ = AccessClass.LEARNER
    __append_only__ = True
    __refers_to__ = (Related("learner", "learner_id"),)
    __opened_by__ = (taught("class_id"),)
    __table_args__ = (
        follows("enrolment", "enrolment_id"),
        follows("learner", "learner_id"),
        follows("school_class", "class_id"),
        Index(None, "org_path", "id"),
        Index(None, "enrolment_id", "valid_from"),
        Index(None, "class_id"),
    )

    enrolment_id: Mapped[UUID]
    learner_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(String(8))
    class_id: Mapped[UUID]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]
    voided_at: Mapped[datetime | None] = mapped_column(default=None)
