"""Files of a record, whatever it is: received, stored once, read through short-lived links, and destroyed.

An area names the table and says who may add, see and destroy; the rest is here.
"""

import hmac
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Generic, TypedDict, TypeVar
from uuid import UUID

from app.core import time
from app.core.problems import NOT_FOUND, ProblemType
from app.core.vocabulary import CopyState
from app.integrations.files import StoredObject
from app.models.stored_files import StoredFile
from app.repositories.stored_files import StoredFileRepository
from app.schemas.stored_files import Variant
from app.security.crypto.links import LIFETIME_S, WATCHED_S, Link, Links
from app.security.crypto.streams import StreamKey
from app.security.files.contents import KINDS, Kind
from app.services.accounts.authenticator import Authenticator
from app.services.platform.reception import Place, Received, store_problems
from app.services.platform.unit_of_work import UnitOfWork
from app.services.platform.upload_places import CLOSE

OCTETS: Final = "application/octet-stream"
READABLE: Final = frozenset({CopyState.MADE, CopyState.NOT_FOR_KIND})
UPLOAD_GRACE: Final = timedelta(days=1)
F = TypeVar("F", bound=StoredFile)
Owner = TypeVar("Owner")


@dataclass(frozen=True, slots=True)
class Upload:
    """What the caller says of a file."""

    title: str | None

    @property
    def use(self) -> str:
        """What the file is for: the same bytes for another use are another file."""
        return ""


U = TypeVar("U", bound=Upload)


@dataclass(frozen=True, slots=True)
class Room:
    """How many files, and bytes, a record may have; the problem raised beyond."""

    files: int
    size: int
    full: ProblemType


class FileColumns(TypedDict):
    """The columns of a new row that follow from what was received."""

    id: UUID
    kind: str
    title: str | None
    size: int
    object_name: str
    shared_object: str | None
    shared_size: int | None
    copy_state: str
    keys: dict[str, str]
    fingerprint: str
    created_at: datetime
    created_by: UUID | None


@dataclass(frozen=True, slots=True)
class Content:
    """One variant of a file, ready for reading."""

    file_id: UUID
    variant: str
    kind: Kind
    stored: StoredObject
    aad: bytes
    is_readable: bool = True

    @property
    def content_type(self) -> str:
        """Of a picture that could not be decoded it is that of bytes: no reader's program tries where ours failed."""
        return self.kind.content_type if self.is_readable else OCTETS

    @property
    def size(self) -> int:
        return self.stored.size


class StoredFileService(ABC, Generic[F, Owner, U]):
    """The files of one table; `Owner` is what owns them and `U` what an upload says of a file."""

    repository: ClassVar[type[StoredFileRepository[Any]]]

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.files: StoredFileRepository[F] = self.repository(work.session)

    @abstractmethod
    async def open_owner(self, owner_id: UUID, upload: U) -> Owner:
        """The owner, if the caller may add this file to it; raises otherwise."""

    @abstractmethod
    async def lock_owner(self, owner: Owner) -> None:
        """Lock the owner, so that of two uploads of one file the second sees the first."""

    @abstractmethod
    def room(self) -> Room: ...

    @abstractmethod
    def new_row(self, owner: Owner, upload: U, columns: FileColumns) -> F: ...

    @abstractmethod
    async def note_added(self, owner: Owner, file: F) -> None:
        """Record on the owner that the file was added."""

    async def readable_variants(self, file: F) -> Sequence[Variant]:
        """What the caller may fetch of it now: all of it, unless an area says otherwise."""
        return self.all_variants(file)

    def all_variants(self, file: F) -> list[Variant]:
        if file.keys is None:
            return []
        return ["original"] if file.shared_object is None else ["shared", "original"]

    async def get(self, file_id: UUID) -> F:
        return await self.files.get(file_id)

    def sha256(self, file: F) -> str | None:
        """The SHA-256 of the original in hexadecimal; None after destruction."""
        return file.keys["sha256"] if file.keys else None

    async def receive(self, owner_id: UUID, upload: U, body: AsyncIterator[bytes], *, length: int) -> tuple[F, bool]:
        """The file, and whether it is new: the same file of the same record is stored once.

        `length` is the declared Content-Length. Raises the problem of a full record (409) before the body is read,
        and what `Reception.receive` raises. A file that is not added is discarded.
        """
        reception = self.work.runtime.reception
        await self._check_before(owner_id, upload, length)
        received = await reception.receive(self.work.actor.id, _place(self.repository.model, owner_id), body)
        try:
            await self._check_still_signed_in()
            file, is_new = await self._add(owner_id, upload, received)
        except BaseException:
            await reception.discard(received.names)
            raise
        if not is_new:
            await reception.discard(received.names)
        return file, is_new

    async def _check_before(self, owner_id: UUID, upload: U, size: int) -> None:
        """Check in a separate transaction, so that no connection is in use while the body is read."""
        work = self.work
        async with work.runtime.work(work.scope, work.actor, write=False) as before:
            service = type(self)(before)
            await service.open_owner(owner_id, upload)
            await service.check_room(owner_id, size)

    async def _check_still_signed_in(self) -> None:
        """Check the session again: a large upload lasts minutes, and the caller may be signed out by then."""
        actor = self.work.actor
        await Authenticator(self.work.runtime).load_principal(actor.id, actor.sign_in_id, actor.epoch)

    async def _add(self, owner_id: UUID, upload: U, received: Received) -> tuple[F, bool]:
        """Add the row. The owner is read again, because it may have left the caller's scope during the upload."""
        self.work.now = time.utc_now()
        owner = await self.open_owner(owner_id, upload)
        await self.lock_owner(owner)
        fingerprint = self._fingerprint(received, upload)
        twin = await self.files.twin(owner_id, fingerprint)
        if twin is not None:
            return twin, False
        await self.check_room(owner_id, received.original.size)
        file = self.new_row(owner, upload, self._columns(received, upload.title, fingerprint))
        self.files.add(file)
        await self.note_added(owner, file)
        await self.work.flush()
        return file, True

    async def check_room(self, owner_id: UUID, size: int) -> None:
        room = self.room()
        number, used = await self.files.usage(owner_id)
        if number >= room.files or used + size > room.size:
            raise room.full(headers=CLOSE)

    def _columns(self, received: Received, title: str | None, fingerprint: str) -> FileColumns:
        keys = {"sha256": received.sha256.hex(), "original": received.original.key.written()}
        if received.shared is not None:
            keys["shared"] = received.shared.key.written()
        return {
            "id": received.id,
            "kind": received.kind.name,
            "title": title,
            "size": received.original.size,
            "object_name": received.original.name,
            "shared_object": received.shared.name if received.shared else None,
            "shared_size": received.shared.size if received.shared else None,
            "copy_state": received.copy_state,
            "keys": keys,
            "fingerprint": fingerprint,
            "created_at": self.work.now,
            "created_by": self.work.actor_id,
        }

    def _fingerprint(self, received: Received, upload: U) -> str:
        key = self.work.runtime.ring.secret(f"{self.repository.model.__tablename__}-fingerprints")
        what = received.place.owner_id.bytes + upload.use.encode() + received.sha256
        return hmac.digest(key, what, "sha256").hex()

    def entomb(self, file: F, reason: str) -> list[str]:
        """Destroy the keys of a file and leave a tombstone; the objects to delete after the commit."""
        file.destroyed_at, file.destroyed_by, file.destroyed_because = self.work.now, self.work.actor_id, reason
        file.title = file.keys = file.fingerprint = None
        return file.objects

    async def link(self, file: F, variant: Variant) -> tuple[str, Link]:
        """A token for one variant, and what it says. Raises `not_found` (404) for one that the caller may not fetch."""
        if variant not in await self.readable_variants(file):
            raise NOT_FOUND()
        actor = self.work.actor
        expires_at = int(self.work.now.timestamp()) + LIFETIME_S
        goes_on_until = expires_at - LIFETIME_S + WATCHED_S if KINDS[file.kind].is_watched else expires_at
        who = (actor.id, actor.sign_in_id, actor.epoch)
        link = Link(file.id, variant, *who, expires_at, goes_on_until)
        return Links.of(self.work.runtime.ring, self.repository.model.__tablename__).write(link), link

    async def content(self, file_id: UUID, variant: str) -> Content:
        """The content behind a link, by what the caller may fetch now. Raises `not_found` (404)."""
        file = await self.get(file_id)
        if variant not in await self.readable_variants(file) or file.keys is None:
            raise NOT_FOUND()
        key = StreamKey.read(file.keys[variant])
        if variant == "shared" and file.shared_object is not None:
            kind, stored = KINDS["jpeg"], StoredObject(file.shared_object, key, file.shared_size or 0)
        else:
            kind, stored = KINDS[file.kind], StoredObject(file.object_name, key, file.size)
        aad = place_of(file).aad(file.id, variant)
        return Content(file.id, variant, kind, stored, aad, file.copy_state in READABLE)

    async def sweep(self) -> int:
        """Delete objects older than a day without a row in any table and return the count."""
        objects, swept = self.work.runtime.files, 0
        async for names in objects.names(self.work.now - UPLOAD_GRACE):
            for name in names - await self.files.referenced(names):
                await objects.destroy(name)
                swept += 1
        return swept


def place_of(file: StoredFile) -> Place:
    return _place(type(file), file.owner_id)


def _place(model: type[StoredFile], owner_id: UUID) -> Place:
    return Place(model.__tablename__, model.owner().owner, owner_id)


async def read(work: UnitOfWork, content: Content, start: int, stop: int) -> AsyncIterator[bytes]:
    """Bytes of a content. Uses no database, because the unit of work may have ended.

    Raises `unavailable` (503) if the store fails, TamperedError if the content was altered.
    """
    with store_problems():
        async for piece in work.runtime.files.read(content.stored, content.aad, start, stop):
            yield piece
