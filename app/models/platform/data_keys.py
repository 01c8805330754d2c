"""Data keys: one per case and compartment, wrapped by a key outside the database."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, LongText, Platform


class DataKey(Identified, Platform, Base, kw_only=True):
    """`wrapping` names the wrapping key. A destroyed key is a tombstone without the wrapped key.

    The row remains because immutable rows refer to it; everything encrypted with it is unreadable for ever.
    """

    __tablename__ = "data_key"
    __audited__ = False

    wrapping: Mapped[str] = mapped_column(String(32), index=True)
    wrapped: Mapped[LongText]
    created_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None] = mapped_column(default=None)


class ShredMark(Platform, Base, kw_only=True):
    """How far the shred ledger is applied to this database. A restored database is behind and is not served."""

    __tablename__ = "shred_mark"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    position: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(String(64))
