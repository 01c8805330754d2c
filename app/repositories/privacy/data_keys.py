"""Queries of data keys."""

from collections.abc import Collection

from sqlalchemy import select

from app.models.platform.data_keys import DataKey
from app.repositories.base import Repository


class DataKeyRepository(Repository[DataKey]):
    model = DataKey

    async def wrapped_by(self, wrappings: Collection[str], limit: int) -> list[DataKey]:
        query = self.select().where(DataKey.wrapping.in_(wrappings)).order_by(DataKey.id).limit(limit)
        return await self.rows(query.with_for_update(skip_locked=True))

    async def wrappings(self) -> set[str]:
        return set(await self.rows(select(DataKey.wrapping).distinct()))

    async def opens_any(self, wrappings: Collection[str]) -> bool:
        """Whether some key is wrapped by one of these, or there is none to open."""
        some = select(DataKey.wrapping).where(DataKey.wrapped != "").limit(1)
        found = await self.session.scalar(some)
        return found is None or await self.session.scalar(some.where(DataKey.wrapping.in_(wrappings))) is not None
