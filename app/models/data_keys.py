"""Data keys: one for each case and compartment, wrapped by a key that is not in the database."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, LongText


class DataKey(Identified, Base, kw_only=True):
    """Destroying the row makes everything sealed with it unreadable. `wrapping` names the key that wraps it."""

    __tablename__ = "data_key"

    wrapping: Mapped[str] = mapped_column(String(32), index=True)
    wrapped: Mapped[LongText]
    created_at: Mapped[datetime]
