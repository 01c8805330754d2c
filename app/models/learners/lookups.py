"""Look-ups of one learner by a level above, by an exact number."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Codes, Identified, Scoped, follows
from app.models.declarations import ITSELF, Retained
from app.models.sealed import EncryptedField, EncryptedRow


class LearnerLookup(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """A look-up: its reason and the records found, never the number. It lies with the unit that asked."""

    __tablename__ = "learner_lookup"
    __access_class__ = AccessClass.LEARNER
    __append_only__ = True
    __belongs_to__ = ITSELF
    __retained__ = Retained("learner_lookup", holder="by_unit_id", began={"lookup": "looked_up_at"})
    __table_args__ = (follows("unit", "by_unit_id"), Index(None, "org_path", "id"), Index(None, "looked_up_at"))

    code: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[str] = mapped_column(String(60))
    reason: EncryptedField[str] = EncryptedField()
    found: Mapped[Codes] = mapped_column(default_factory=list)
    looked_up_at: Mapped[datetime]
    looked_up_by: Mapped[UUID]
    by_role: Mapped[str] = mapped_column(String(32))
    by_unit_id: Mapped[UUID]
