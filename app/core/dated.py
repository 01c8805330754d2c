"""What is valid from its first day up to, not including, its last."""

from datetime import date
from typing import Protocol


class Dated(Protocol):
    @property
    def valid_from(self) -> date: ...

    @property
    def valid_to(self) -> date | None: ...


def holds(dated: Dated, day: date) -> bool:
    """The same as `in_force` of app/repositories/base.py, for what was read already."""
    return dated.valid_from <= day and (dated.valid_to is None or day < dated.valid_to)
