"""Editions: what a level above a school reads of its commitments, one row a school, campaign and day."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, follows, refers


class CommitmentEdition(Identified, Scoped, Base, kw_only=True):
    """The figures of a school in a campaign as they leave it on a day, frozen. Null: too few to say.

    They are the counters with small changes left out (app/services/commitments/disclosure.py).
    """

    __tablename__ = "commitment_edition"
    __access_class__ = AccessClass.LEARNER
    __audited__ = False
    __append_only__ = True
    __updatable__ = ()
    __table_args__ = (
        follows("unit", "unit_id"),
        UniqueConstraint("campaign_id", "unit_id", "day"),
        CheckConstraint("0 <= pupil_settled AND pupil_settled <= pupil_owed", name="pupil"),
        CheckConstraint("0 <= guardian_settled AND guardian_settled <= guardian_owed", name="guardian"),
        CheckConstraint("0 <= classes_left AND classes_left <= classes", name="classes"),
        Index(None, "org_path", "id"),
    )

    campaign_id: Mapped[UUID] = mapped_column(refers("commitment_campaign.id"))
    unit_id: Mapped[UUID]
    school_year: Mapped[str] = mapped_column(refers("school_year.code"))
    day: Mapped[date]
    made_at: Mapped[datetime]
    classes: Mapped[int]
    classes_left: Mapped[int | None] = mapped_column(default=None)
    pupil_owed: Mapped[int]
    pupil_settled: Mapped[int | None] = mapped_column(default=None)
    pupil_not_signed: Mapped[int | None] = mapped_column(default=None)
    guardian_owed: Mapped[int]
    guardian_settled: Mapped[int | None] = mapped_column(default=None)
    guardian_not_signed: Mapped[int | None] = mapped_column(default=None)
