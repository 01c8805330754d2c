"""Object storage behind a small protocol: a directory or an S3 bucket. It contains only sealed bytes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, S3Store

from app.core.settings import Settings
from app.security.crypto.key_files import sync

STAGED = "#"
FULL = ("(os error 28)", "(os error 122)")


class StoreError(Exception):
    """The request to the store failed. Never quotes the object."""


class StoreFullError(StoreError):
    """The store is full."""


class MissingObjectError(StoreError):
    """The object does not exist."""


@dataclass(frozen=True, slots=True)
class Found:
    path: str
    modified_at: datetime


class ObjectStore(Protocol):
    """Objects by path. Every method raises StoreError or a subclass."""

    async def put(self, path: str, content: bytes) -> None:
        """Store it durably, also under power loss; never overwrites."""

    async def get(self, path: str, start: int, stop: int) -> bytes:
        """The bytes from `start` up to and excluding `stop`."""

    async def delete(self, path: str) -> None:
        """Remove it; a missing object is no error."""

    def list(self, prefix: str = "") -> AsyncIterator[Sequence[Found]]:
        """All objects below `prefix`, page by page."""


class BucketStore:
    """Objects in a store of obstore."""

    def __init__(self, store: LocalStore | S3Store) -> None:
        self._store = store

    async def put(self, path: str, content: bytes) -> None:
        try:
            # One request: parts of an interrupted multipart upload would stay in the bucket, hidden from listings.
            await obstore.put_async(self._store, path, content, mode="create", use_multipart=False)
        except (BaseError, OSError) as error:
            raise _meaning(error) from error

    async def get(self, path: str, start: int, stop: int) -> bytes:
        try:
            return bytes(await obstore.get_range_async(self._store, path, start=start, end=stop))
        except (BaseError, OSError) as error:
            raise _meaning(error) from error

    async def delete(self, path: str) -> None:
        try:
            await obstore.delete_async(self._store, path)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise _meaning(error) from error

    async def list(self, prefix: str = "") -> AsyncIterator[Sequence[Found]]:
        try:
            async for page in obstore.list(self._store, prefix or None, chunk_size=500):
                yield [Found(each["path"], each["last_modified"]) for each in page]
        except (BaseError, OSError) as error:
            raise _meaning(error) from error


class DirectoryStore(BucketStore):
    """Objects as files below one private directory."""

    def __init__(self, root: Path) -> None:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(LocalStore(root, automatic_cleanup=True))
        self._root = root

    async def put(self, path: str, content: bytes) -> None:
        await super().put(path, content)
        try:
            await asyncio.to_thread(_settle, self._root / path, self._root)
        except OSError as error:
            raise _meaning(error) from error

    async def delete(self, path: str) -> None:
        if STAGED not in path:
            return await super().delete(path)
        try:
            await asyncio.to_thread(_remove, self._root / path)
        except OSError as error:
            raise _meaning(error) from error
        return None

    async def list(self, prefix: str = "") -> AsyncIterator[Sequence[Found]]:
        """Includes partial files of a killed `put`, which obstore neither lists nor deletes."""
        async for page in super().list(prefix):
            yield page
        if staged := await asyncio.to_thread(_staged, self._root, prefix):
            yield staged


def open_store(settings: Settings) -> ObjectStore:
    """The configured store, without any request to it."""
    if settings.objects_bucket is None:
        return DirectoryStore(settings.data_dir / "objects")
    endpoint = settings.objects_endpoint
    config = {
        "region": settings.objects_region,
        "access_key_id": settings.objects_access_key,
        "secret_access_key": settings.objects_secret,
        **({"endpoint": endpoint} if endpoint else {}),
    }
    plain = endpoint is not None and endpoint.startswith("http://")
    return BucketStore(
        S3Store(
            settings.objects_bucket,
            config=config,  # type: ignore[arg-type]
            client_options={"allow_http": plain, "timeout": "30s", "connect_timeout": "5s"},
            retry_config={"max_retries": 3},
        )
    )


def _meaning(error: Exception) -> StoreError:
    if isinstance(error, FileNotFoundError):
        return MissingObjectError()
    if isinstance(error, AlreadyExistsError):
        return StoreError("an object of this name is there already")
    if any(mark in str(error) for mark in FULL):
        return StoreFullError()
    return StoreError(type(error).__name__)


def _staged(root: Path, prefix: str) -> list[Found]:
    found = []
    for file in (root / prefix).rglob(f"*{STAGED}*"):
        with suppress(FileNotFoundError):
            at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
            found.append(Found(file.relative_to(root).as_posix(), at))
    return found


def _remove(file: Path) -> None:
    """Remove the file and the directories that become empty."""
    file.unlink(missing_ok=True)
    with suppress(OSError):
        file.parent.rmdir()
        file.parent.parent.rmdir()


def _settle(file: Path, root: Path) -> None:
    """Flush the file and its parent directories to disk."""
    for path in (file, *(parent for parent in file.parents if parent == root or root in parent.parents)):
        sync(path)
