"""What all repositories share. Sessions come bound to a scope, so no query here names one."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.paging import Page, PageRequest
from app.core.problems import NOT_FOUND
from app.models.base import Base
from app.models.platform.data_keys import DataKey
from app.models.sealed import Cipher, EncryptedRow
from app.security.access.flush import Rows
from app.security.access.scope import scoped_session
from app.security.audit.trail import trace_of
from app.security.crypto.shredded import ShreddedCipher

M = TypeVar("M", bound=Base)
S = TypeVar("S", bound=EncryptedRow)
T = TypeVar("T")
V = TypeVar("V")


def in_force(model: Any, day: date) -> ColumnElement[bool]:  # noqa: ANN401 — a dated model or an alias of one
    """Valid from its first day up to, not including, its last."""
    return and_(model.valid_from <= day, or_(model.valid_to.is_(None), model.valid_to > day))


@dataclass(frozen=True, slots=True)
class Deadline(Generic[M]):
    """A time limit of a table's rows: over at `due` while `running` holds, marked in `missed` once acted on."""

    model: type[M]
    due: InstrumentedAttribute[Any]
    missed: InstrumentedAttribute[datetime | None]
    running: ColumnElement[bool]

    def late(self, now: datetime) -> ColumnElement[bool]:
        """The time ran out, acted on or not."""
        return and_(self.due <= now, self.running)

    def mark(self, row: M, now: datetime) -> None:
        setattr(row, self.missed.key, now)


class Repository(Generic[M]):
    model: ClassVar[type[Any]]

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    def select(self) -> Select[M]:
        return select(self.model)

    @classmethod
    @cache
    def newest_first(cls) -> ColumnElement[UUID]:
        order: ColumnElement[UUID] = cls.model.id.desc()
        return order

    def add(self, row: Base) -> None:
        self.session.add(row)

    def remember(self, row: Base) -> None:
        """Answer `session.get` with the row until the session ends, which itself refers to its rows weakly."""
        self.session.info.setdefault("remembered", {})[id(row)] = row

    def add_all(self, rows: Iterable[Base]) -> None:
        self.session.add_all(rows)

    async def insert_rows(self, rows: Rows) -> None:
        """Insert many rows of each model, without objects and within the scope."""
        await self.session.run_sync(lambda session: scoped_session(session).insert_rows(rows))

    async def update_rows(self, rows: Sequence[dict[str, Any]]) -> None:
        """Update many rows, named by id and place, without objects and within the scope."""
        await self.session.run_sync(lambda session: scoped_session(session).update_rows(self.model, rows))

    async def find(self, key: UUID) -> M | None:
        """The row, opened where it has words."""
        return await self.one(self.select().where(self.model.id == key))

    async def opened(self, rows: Sequence[S]) -> Sequence[S]:
        """The rows with the ciphers of their cases attached, as an audited view. Lists skip this: they show no text."""
        known: dict[UUID, Cipher] = self.session.info["ciphers"]
        if missing := {row.key_id for row in rows if row.key_id is not None} - known.keys():
            for key in await self.session.scalars(select(DataKey).where(DataKey.id.in_(missing))):
                alive = key.destroyed_at is None
                known[key.id] = self.session.info["vault"].cipher(key) if alive else ShreddedCipher(key.id)
        for row in rows:
            if row.key_id is not None:
                row.unlock(known[row.key_id])
        trace_of(self.session).saw(rows)
        return rows

    async def by_ids(self, keys: Collection[UUID]) -> dict[UUID, M]:
        """The rows that have these ids, opened where they have words."""
        found: list[Any] = await self.all(self.select().where(self.model.id.in_(keys)))
        return {row.id: row for row in found}

    async def get(self, key: UUID) -> M:
        """The row, or `not_found` (404), also where it exists beyond the caller's scope."""
        found = await self.find(key)
        if found is None:
            raise NOT_FOUND()
        return found

    async def all(self, query: Select[T]) -> list[T]:
        """The rows of a query, opened where they have words."""
        rows = await self.rows(query)
        await self.opened([row for row in rows if isinstance(row, EncryptedRow)])
        return rows

    async def one(self, query: Select[T]) -> T | None:
        """The first row of a query, opened where it has words; None without one."""
        found = await self.first(query)
        if isinstance(found, EncryptedRow):
            await self.opened([found])
        return found

    async def rows(self, query: Select[T]) -> list[T]:
        """The rows or values of a query. Nothing of them is opened."""
        return list(await self.session.scalars(query))

    async def pairs(self, query: Select[T, V]) -> dict[T, V]:
        """The two columns of a query, the first as the key."""
        return {key: value for key, value in await self.session.execute(query)}  # noqa: C416 — a Row is no pair to mypy

    async def exists(self, query: Select[T]) -> bool:
        return bool(await self.session.scalar(select(query.exists())))

    async def first(self, query: Select[T]) -> T | None:
        """The one row or value of a query, None without one. Nothing of it is opened."""
        found: T | None = await self.session.scalar(query)
        return found

    async def count(self, query: Select[int]) -> int:
        return int(await self.session.scalar(query) or 0)

    async def run_out(self, deadline: Deadline[M], now: datetime, limit: int) -> list[M]:
        """Rows past a deadline and not yet marked, oldest first; another worker's are left to it. Nothing is opened."""
        query = select(deadline.model).where(deadline.late(now), deadline.missed.is_(None))
        query = query.order_by(deadline.due, deadline.model.id).limit(limit)  # type: ignore[attr-defined]
        return await self.rows(query.with_for_update(skip_locked=True))

    async def page(self, query: Select[M], page: PageRequest) -> Page[M]:
        """The newest rows of `query` after the cursor, in O(page)."""
        if page.before is not None:
            query = query.where(self.model.id < page.before)
        rows = await self.rows(query.order_by(self.newest_first()).limit(page.limit + 1))
        return Page(rows[: page.limit], len(rows) > page.limit)
