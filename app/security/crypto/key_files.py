"""Key files: private to their owner, written by one process at a time, and atomic under power loss."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

LOCK = "lock"
OTHERS = 0o077


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def own(path: Path) -> Path:
    """The path; raises PermissionError where others may read the file."""
    if path.stat().st_mode & OTHERS:
        raise PermissionError(f"others may read {path.name}: chmod 600, and consider its keys known")
    return path


def parsed(path: Path) -> Any:  # noqa: ANN401 — JSON
    """The JSON of a key file. Raises ValueError, which names the file and quotes nothing of it."""
    try:
        return json.loads(path.read_bytes())
    except ValueError:
        raise ValueError(f"{path.name} is damaged: restore it from its backup") from None


def write_whole(path: Path, content: bytes) -> None:
    """Replace the file atomically, also under power loss."""
    with whole(path) as file:
        file.write(content)


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A private file that replaces `path` once it is complete; an error leaves the old file."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Flush to disk: the content of a file, or the entries of a directory."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def ed25519(path: Path) -> Ed25519PrivateKey:
    """The key in `path`. Raises PermissionError where others may read it, TypeError where it is of another kind."""
    key = serialization.load_pem_private_key(own(path).read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path.name} is no Ed25519 key")
    return key


def new_ed25519(path: Path) -> Ed25519PrivateKey:
    """A new key, stored in `path`."""
    key = Ed25519PrivateKey.generate()
    write_whole(path, pem(key))
    return key


def pem(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
