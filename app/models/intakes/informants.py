"""The informant, stored apart from the intake."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Codes, Identified, Pending, Scoped, follows, refers
from app.models.declarations import ITSELF, PartOf, Retained
from app.models.sealed import EncryptedField, EncryptedRow


class Informant(EncryptedRow, Pending, Scoped, Base, kw_only=True):
    """The informant, encrypted under a key other than the intake's; opened one at a time, with a reason."""

    __tablename__ = "informant"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("intake", "intake_id"),)
    # A key and a retention period of its own.
    __retained__ = Retained("informant", blanked=("phone_index", "second_phone_index"))
    __updatable__ = ("org_path", "phone_index", "second_phone_index")
    __table_args__ = (
        follows("intake", "intake_id"),
        Index(None, "org_path"),
        Index(None, "phone_index"),
        Index(None, "second_phone_index"),
    )

    intake_id: Mapped[UUID] = mapped_column(primary_key=True)
    identity: EncryptedField[dict[str, Any]] = EncryptedField()
    # Blind indexes (security/crypto/blind_index.py) of the first two numbers; null once the row's key is destroyed.
    phone_index: Mapped[str | None] = mapped_column(String(32), default=None)
    second_phone_index: Mapped[str | None] = mapped_column(String(32), default=None)


class InformantOpening(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """Access to an informant's identity, with its reason."""

    __tablename__ = "informant_opening"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = (PartOf("intake", "intake_id"),)
    __table_args__ = (follows("intake", "intake_id"), Index(None, "intake_id", "org_path"))

    intake_id: Mapped[UUID]
    reason: EncryptedField[str] = EncryptedField()
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID]
    by_role: Mapped[str] = mapped_column(String(32))
    by_unit_id: Mapped[UUID] = mapped_column(refers("unit.id"))


class InformantSearch(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """A search for an informant by telephone number: its reason and the intakes found, never the number."""

    __tablename__ = "informant_search"
    __access_class__ = AccessClass.CASE
    __belongs_to__ = ITSELF
    __retained__ = Retained("informant_search", holder="by_unit_id", began={"search": "searched_at"})
    __table_args__ = (follows("unit", "by_unit_id"), Index(None, "org_path", "id"), Index(None, "searched_at"))

    code: Mapped[str] = mapped_column(String(24), unique=True)
    reason: EncryptedField[str] = EncryptedField()
    found: Mapped[Codes] = mapped_column(default_factory=list)
    searched_at: Mapped[datetime]
    searched_by: Mapped[UUID]
    by_role: Mapped[str] = mapped_column(String(32))
    by_unit_id: Mapped[UUID]
