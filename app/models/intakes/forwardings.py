"""Forwardings of intakes from one holder to another."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, follows, refers
from app.models.declarations import PartOf
from app.models.sealed import EncryptedField, EncryptedRow


class IntakeForwarding(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """One forwarding of an intake, or its handing back; immutable. Both sides are named."""

    __tablename__ = "intake_forwarding"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("intake", "intake_id"),)
    __updatable__ = ("org_path",)
    __table_args__ = (follows("intake", "intake_id"), Index(None, "intake_id", "org_path"))

    intake_id: Mapped[UUID]
    is_hand_back: Mapped[bool]
    # The unit that the intake concerns from then on; unknown where an anonymous intake is handed back.
    unit_id: Mapped[UUID | None] = mapped_column(refers("unit.id"))
    from_unit_id: Mapped[UUID] = mapped_column(refers("unit.id"))
    # The holder that custody decided on: the unit, its successor, or the level above.
    to_unit_id: Mapped[UUID] = mapped_column(refers("unit.id"))
    accuses_nobody: Mapped[bool]
    reason: EncryptedField[str] = EncryptedField()
    forwarded_at: Mapped[datetime]
    forwarded_by: Mapped[UUID]
    by_role: Mapped[str] = mapped_column(String(32))
    by_unit_id: Mapped[UUID] = mapped_column(refers("unit.id"))

    @property
    def moved(self) -> bool:
        """Whether the holder changed: custody may leave an intake where it is."""
        return self.from_unit_id != self.to_unit_id
