"""Download links of films and recordings that somebody began to watch."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Platform


class WatchedLink(Platform, Base, kw_only=True):
    """The link's id, which only its encrypted token names: with this row it goes on until `expires_at`."""

    __tablename__ = "watched_link"
    __audited__ = False

    id: Mapped[UUID] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
