"""Queries of the files of a record, whatever their table."""

from collections.abc import Collection, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.models.platform.data_keys import DataKey
from app.models.stored_files import StoredFile
from app.repositories.base import Repository

F = TypeVar("F", bound=StoredFile)


class StoredFileRepository(Repository[F]):
    def _of(self, owner_id: UUID) -> ColumnElement[bool]:
        of_owner: ColumnElement[bool] = getattr(self.model, self.model.owner().column) == owner_id
        return of_owner

    async def of_owner(self, owner_id: UUID) -> Sequence[F]:
        return await self.all(self.select().where(self._of(owner_id)).order_by(self.model.id))

    async def twin(self, owner_id: UUID, fingerprint: str) -> F | None:
        return await self.one(self.select().where(self._of(owner_id), self.model.fingerprint == fingerprint))

    async def usage(self, owner_id: UUID) -> tuple[int, int]:
        """How many files a record has, and how many bytes as they came."""
        query = select(func.count(), func.coalesce(func.sum(self.model.size), 0))
        number, size = (
            await self.session.execute(query.where(self._of(owner_id), self.model.destroyed_at.is_(None)))
        ).one()
        return int(number), int(size)

    async def referenced(self, names: Collection[str]) -> set[str]:
        """Those of the objects that a row of any table still opens: neither it nor its owner's key was destroyed."""
        found: set[str] = set()
        lost = select(DataKey.id).where(DataKey.destroyed_at.is_not(None))
        for model in StoredFile.__subclasses__():
            for column in (model.object_name, model.shared_object):
                query = select(column).where(column.in_(names), model.destroyed_at.is_(None), model.key_id.not_in(lost))
                found |= {name for name in await self.rows(query) if name is not None}
        return found
