"""The code lists in memory, so that checking a code costs no query."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

FRESH_S = 60.0


@dataclass(frozen=True, slots=True)
class Coded:
    """One code at one place of a request."""

    list: str
    code: str | None
    pointer: str


@dataclass(slots=True)
class CodeListCache:
    """The lists, kept for a minute by each process: they change with a release or a decree, not with a request."""

    entries: list[Any] = field(default_factory=list)
    codes: dict[tuple[str, str], list[tuple[date, date | None]]] = field(default_factory=dict)
    read_at: float = -FRESH_S

    def holds(self, coded: Coded, day: date) -> bool:
        periods = self.codes.get((coded.list, coded.code or ""), [])
        return any(start <= day and (end is None or day < end) for start, end in periods)
