"""Files of keys: nobody else may read them, one process writes at a time, and a power cut leaves the old or the new."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


def write_whole(path: Path, content: bytes) -> None:
    """All or nothing, also after a power cut: a reader sees the old file or the new one."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
