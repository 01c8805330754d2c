"""Links of films and recordings that somebody began to watch."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from app.models.platform.watched_links import WatchedLink
from app.repositories.base import Repository


class WatchedLinkRepository(Repository[WatchedLink]):
    model = WatchedLink

    async def is_watched(self, link_id: UUID) -> bool:
        return await self.exists(select(WatchedLink.id).where(WatchedLink.id == link_id))

    async def put(self, link_id: UUID, expires_at: datetime) -> None:
        """Two ranges of one film may be the first at once."""
        insert = postgresql.insert if self.session.get_bind().dialect.name == "postgresql" else sqlite.insert
        row = insert(WatchedLink).values(id=link_id, expires_at=expires_at)
        await self.session.execute(row.on_conflict_do_nothing(index_elements=["id"]))

    async def forget_before(self, moment: datetime) -> None:
        await self.session.execute(delete(WatchedLink).where(WatchedLink.expires_at < moment))
