"""Intakes that are set aside: no incident comes of them, and each can be taken up again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Index, String, and_, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, follows, partial_index, refers
from app.models.declarations import PartOf, Related
from app.models.intakes.intakes import Intake
from app.models.sealed import EncryptedField, EncryptedRow

NOT_UNDONE = text("undone_at IS NULL")


class IntakeSetAside(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """An intake set aside for a coded reason until that is undone. At most one for each intake is not undone.

    One that needs a second person stands from when another person approves it.
    """

    __tablename__ = "intake_set_aside"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("intake", "intake_id"),)
    __refers_to__ = (Related("intake", "same_as_id"),)
    __table_args__ = (
        follows("intake", "intake_id"),
        Index(None, "intake_id", "org_path"),
        partial_index("uq_intake_set_aside_standing", "intake_id", where=NOT_UNDONE, unique=True),
    )

    intake_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(String(60))
    note: EncryptedField[str] = EncryptedField()
    # No foreign key with the path: the intake that says the same may have another holder.
    same_as_id: Mapped[UUID | None] = mapped_column(default=None)
    set_aside_at: Mapped[datetime]
    set_aside_by: Mapped[UUID]
    by_role: Mapped[str] = mapped_column(String(32))
    by_unit_id: Mapped[UUID] = mapped_column(refers("unit.id"))
    needs_second: Mapped[bool] = mapped_column(default=False)
    approved_at: Mapped[datetime | None] = mapped_column(default=None)
    approved_by: Mapped[UUID | None] = mapped_column(default=None)
    undone_at: Mapped[datetime | None] = mapped_column(default=None)
    undone_by: Mapped[UUID | None] = mapped_column(default=None)
    undo_reason: EncryptedField[str] = EncryptedField()

    @property
    def stood_from(self) -> datetime | None:
        """Since when it stands or stood; None for one that nobody approved."""
        return self.approved_at if self.needs_second else self.set_aside_at


def stands() -> ColumnElement[bool]:
    """Whether an intake is set aside by a row."""
    decided = or_(IntakeSetAside.needs_second.is_(False), IntakeSetAside.approved_at.is_not(None))
    return and_(IntakeSetAside.undone_at.is_(None), decided)


def is_set_aside() -> ColumnElement[bool]:
    """Which of a statement's intakes are set aside."""
    return select(IntakeSetAside.id).where(IntakeSetAside.intake_id == Intake.id, stands()).exists()
