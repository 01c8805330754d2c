"""Times in tests, and a clock that a test may set forward."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from app.core import time as clock
from app.core.time import utc_now
from app.services.accounts import authenticator

AdvanceClock = Callable[..., None]


def time_ago(**span: float) -> str:
    return (utc_now() - timedelta(**span)).isoformat()


def parse_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture
def advance_clock(monkeypatch: pytest.MonkeyPatch) -> AdvanceClock:
    """A function that sets the application's clock ahead by a total amount."""
    real = clock.utc_now

    def shift(**ahead: float) -> None:
        def moved() -> datetime:
            return real() + timedelta(**ahead)

        seconds = timedelta(**ahead).total_seconds()
        watches = SimpleNamespace(time=lambda: time.time() + seconds, monotonic=lambda: time.monotonic() + seconds)
        monkeypatch.setattr(clock, "utc_now", moved)
        monkeypatch.setattr(authenticator, "utc_now", moved)
        monkeypatch.setattr(authenticator, "time", watches)

    return shift


def shift_clock(monkeypatch: pytest.MonkeyPatch, **span: float) -> None:
    real = clock.utc_now
    monkeypatch.setattr(clock, "utc_now", lambda: real() + timedelta(**span))
