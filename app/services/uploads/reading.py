"""The rows of an upload part by part, as typed values. The next part is read while the database works on this one."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from app.integrations.tables.columns import Columns
from app.integrations.tables.kinds import Lists
from app.integrations.tables.reading import TypedRow
from app.models.uploads.uploads import Upload
from app.services.platform.unit_of_work import UnitOfWork
from app.services.uploads.contract import Dataset
from app.services.uploads.keys import digest_of
from app.services.uploads.sources import Content, Layout, Part, Source, lists_of, part_of, typed_rows

KEYS: Final = "upload-keys"


@dataclass(frozen=True, slots=True)
class ReadPart:
    """A part with its typed rows; when rows are checked, also the keyed digest of each key, with the row's number."""

    part: Part
    rows: Sequence[TypedRow] = field(repr=False)
    digests: Sequence[tuple[int, bytes]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """All that decides the rows of a part: two equal readings have the same rows."""

    upload_id: UUID
    dataset: type[Dataset]
    columns: Columns = field(repr=False)
    layout: Layout
    lists: Lists = field(repr=False)
    secret: bytes | None = field(repr=False)
    at_byte: int
    first_row: int

    def read(self, content: Content) -> ReadPart:
        """Raises TableError."""
        part = part_of(content, self.layout, self.columns, self.at_byte, self.first_row)
        reader = typed_rows(self.layout, self.columns, self.lists)
        rows = [reader.read(row) for row in part.rows]
        return ReadPart(part, rows, self._digests(rows))

    def _digests(self, rows: Sequence[TypedRow]) -> list[tuple[int, bytes]]:
        secret = self.secret
        if secret is None:
            return []
        sound = (row for row in rows if not row.faults)
        return [(row.number, digest_of(secret, key)) for row in sound for key in self.dataset.keys_of(row.values)]

    def after(self, part: Part) -> "Reading":
        return replace(self, at_byte=part.next_byte, first_row=self.first_row + len(part.rows))


class Ahead:
    """The one part that a process reads before a job asks for it."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(1, "upload")
        self._next: tuple[Reading, Future[ReadPart]] | None = None

    def take(self, reading: Reading) -> Future[ReadPart] | None:
        found, self._next = self._next, None
        return found[1] if found is not None and found[0] == reading else None

    def begin(self, reading: Reading, content: Content) -> Future[ReadPart]:
        return self._threads.submit(reading.read, content)

    def store(self, reading: Reading, begun: Future[ReadPart]) -> None:
        self._next = reading, begun


class PartReader:
    """Reads the parts of one upload for a job, and starts to read the part of the next job."""

    def __init__(
        self, work: UnitOfWork, upload: Upload, source: Source, dataset: type[Dataset], columns: Columns
    ) -> None:
        self.work = work
        self.upload = upload
        self.source = source
        self.dataset = dataset
        self.columns = columns
        self._ahead = work.runtime.cache(Ahead)

    async def read(self, layout: Layout, at_byte: int, first_row: int, *, keyed: bool) -> ReadPart:
        """Raises TableError."""
        lists = await lists_of(self.work, self.columns)
        secret = self.work.runtime.ring.secret(KEYS) if keyed else None
        reading = Reading(self.upload.id, self.dataset, self.columns, layout, lists, secret, at_byte, first_row)
        found = await asyncio.wrap_future(self._ahead.take(reading) or await self._begin(reading))
        if found.part.is_nothing:
            found = await asyncio.wrap_future(self._ahead.begin(reading, await self.source.longest(at_byte)))
        if not found.part.is_last:
            after = reading.after(found.part)
            self._ahead.store(after, await self._begin(after))
        return found

    async def _begin(self, reading: Reading) -> Future[ReadPart]:
        return self._ahead.begin(reading, await self.source.content(reading.at_byte))
