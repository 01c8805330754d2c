"""What datasets of the registry share: the columns of a record that an upload makes, and changes of one."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID

from app.models.base import Base
from app.models.learners.registered import Registered
from app.models.platform.data_keys import DataKey
from app.models.sealed import Cipher
from app.repositories.uploads.registry import RegistryRepository
from app.services.platform.unit_of_work import UnitOfWork

# Rows of one statement: more could reach its time limit on a busy database.
AT_ONCE: Final = 5_000
# Rows of the file between two moments at which the running statement can go on.
ROWS_BETWEEN_PAUSES: Final = 50


class NewRows:
    """The rows that a part of an upload makes, inserted without objects. More are made while some are inserted."""

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self._rows = defaultdict[type[Base], list[dict[str, Any]]](list)
        self._waiting = self._made = 0
        self._inserting: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        """Insert the rest; after an error only wait for the statement that runs."""
        if kind is None:
            await self._begin()
            await self._end()
        elif self._inserting is not None:
            await asyncio.gather(self._inserting, return_exceptions=True)

    def add(self, model: type[Base], row: dict[str, Any]) -> None:
        self._rows[model].append(row)
        self._waiting += 1

    def new_cipher(self) -> Cipher:
        """A new data key, inserted with the rows that it seals."""
        row, cipher = self.work.runtime.vault.new_row(self.work.now)
        self.add(DataKey, row)
        return cipher

    async def pause(self) -> None:
        """To be called after each row of the file: starts to insert when enough rows wait, and lets that go on."""
        self._made += 1
        if self._made % ROWS_BETWEEN_PAUSES:
            return
        if self._waiting >= AT_ONCE:
            await self._begin()
        await asyncio.sleep(0)

    async def _begin(self) -> None:
        await self._end()
        rows, self._rows, self._waiting = self._rows, defaultdict(list), 0
        self._inserting = asyncio.create_task(RegistryRepository(self.work.session).insert_rows(rows))

    async def _end(self) -> None:
        if self._inserting is not None:
            await self._inserting


def entered(work: UnitOfWork) -> dict[str, Any]:
    """The columns of a new record that was not entered by hand."""
    return {"org_path": work.actor.org_path, "created_at": work.now, "created_by": work.actor.id}


def changed(record: object | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that the record has not."""
    if record is None:
        return dict(values)
    return {name: value for name, value in values.items() if getattr(record, name) != value}


def revived(record: Registered, changes: Mapping[str, Any]) -> dict[str, object]:
    """Apply changes to a record, which is no longer void nor edited by hand; what it held before."""
    names = (*changes, "voided_at", "edited_at")
    before = {name: plain(getattr(record, name)) for name in names}
    for name, value in changes.items():
        setattr(record, name, value)
    record.voided_at = record.edited_at = None
    return before


def plain(value: object) -> object:
    """As JSON has it."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def restored(record: Base, before: Mapping[str, Any]) -> None:
    """Give a record what it held before an upload."""
    for name, value in before.items():
        setattr(record, name, _typed(type(record), name, value))


def _typed(model: type[Any], name: str, value: object) -> object:
    """A value as its column has it, from JSON. Encrypted members are text already."""
    column = model.__table__.columns.get(name)
    if column is None or not isinstance(value, str):
        return value
    kind = column.type.python_type
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is date:
        return date.fromisoformat(value)
    return UUID(value) if kind is UUID else value
