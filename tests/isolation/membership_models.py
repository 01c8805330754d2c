"""Tables of a test alone, in a process of their own: a class, its teachers by date, its pupils, and notes on them."""

from datetime import date
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, follows
from app.models.openings import Membership, Named, Opening, Through


def membership(*, writes: bool) -> Membership:
    return Membership(
        column="class_id",
        table="trial_teacher",
        key="class_id",
        user="user_id",
        since="valid_from",
        until="valid_to",
        writes=writes,
    )


def taught(*, writes: bool) -> tuple[Opening, ...]:
    return (membership(writes=writes),)


class TrialClass(Identified, Scoped, Base, kw_only=True):
    __tablename__ = "trial_class"
    __access_class__ = AccessClass.CASE
    __table_args__ = (UniqueConstraint("id", "org_path"),)


class TrialTeacher(Identified, Scoped, Base, kw_only=True):
    __tablename__ = "trial_teacher"
    __access_class__ = AccessClass.CASE
    __opened_by__ = (Named(user="user_id"),)

    class_id: Mapped[UUID]
    user_id: Mapped[UUID]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class TrialPupil(Identified, Scoped, Base, kw_only=True):
    __tablename__ = "trial_pupil"
    __access_class__ = AccessClass.CASE
    __opened_by__ = taught(writes=False)

    class_id: Mapped[UUID]
    name: Mapped[str]
    left_on: Mapped[date | None] = mapped_column(default=None)


class TrialParent(Identified, Scoped, Base, kw_only=True):
    """Of a pupil: opened to the teacher of the class in which the pupil still is."""

    __tablename__ = "trial_parent"
    __access_class__ = AccessClass.CASE
    __opened_by__ = (
        Through(column="pupil_id", table="trial_pupil", key="id", ended="left_on", way=membership(writes=False)),
    )

    pupil_id: Mapped[UUID]
    name: Mapped[str]


class TrialNote(Identified, Scoped, Base, kw_only=True):
    __tablename__ = "trial_note"
    __access_class__ = AccessClass.CASE
    __table_args__ = (follows("trial_class", "class_id"),)
    __opened_by__ = taught(writes=True)

    class_id: Mapped[UUID]
    text: Mapped[str]


MODELS: tuple[type[Scoped], ...] = (TrialClass, TrialTeacher, TrialPupil, TrialParent, TrialNote)
