"""Processes of a measurement that stay on one core."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Processes started inside stay on `core`; the caller gets its own cores back."""
    if core is None or sys.platform != "linux":
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
