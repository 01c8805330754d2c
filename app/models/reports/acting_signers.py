"""Acting signers: who signs reports for a unit's absent head, for some days, by a decision."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, Versioned, follows


class ActingSigner(Identified, Versioned, Scoped, Base, kw_only=True):
    """A person of the unit signs from `valid_from` until before `valid_to`, in the mode KT. or TM. (Decree 30/2020)."""

    __tablename__ = "acting_signer"
    __access_class__ = AccessClass.REPORT
    __table_args__ = (
        follows("unit", "unit_id"),
        UniqueConstraint("id", "org_path"),
        CheckConstraint("valid_to > valid_from", name="period"),
        Index(None, "unit_id", "user_id"),
        Index(None, "org_path", "id"),
    )

    unit_id: Mapped[UUID]
    user_id: Mapped[UUID]
    mode: Mapped[str] = mapped_column(String(8))
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    decision_number: Mapped[str] = mapped_column(String(100))
    named_at: Mapped[datetime]
    named_by: Mapped[UUID]
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    withdrawn_by: Mapped[UUID | None] = mapped_column(default=None)

    @property
    def state(self) -> str:
        return "named" if self.withdrawn_at is None else "withdrawn"
