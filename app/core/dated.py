"""Validity periods: from the first day, up to and excluding the last."""

from datetime import date
from typing import Protocol


class Dated(Protocol):
    @property
    def valid_from(self) -> date: ...

    @property
    def valid_to(self) -> date | None: ...


def holds(dated: Dated, day: date) -> bool:
    """Whether it is valid on `day`: `in_force` of app/repositories/base.py for loaded rows."""
    return dated.valid_from <= day and (dated.valid_to is None or day < dated.valid_to)
