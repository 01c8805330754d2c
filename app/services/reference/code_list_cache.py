"""The code lists in memory, so that checking a code costs no query."""

from dataclasses import dataclass, field
from datetime import date

from app.core.coded import Coded
from app.core.dated import holds

FRESH_S = 60.0


@dataclass(frozen=True, slots=True)
class Code:
    """A row of a list, apart from the session that read it: a rollback there must not empty it here."""

    list: str
    code: str
    label_vi: str
    label_en: str
    valid_from: date
    valid_to: date | None
    source: str


@dataclass(slots=True)
class CodeListCache:
    """The lists, valid for a minute in each process: they change with a release or a decree, not with a request."""

    entries: list[Code] = field(default_factory=list)
    codes: dict[tuple[str, str], list[Code]] = field(default_factory=dict)
    read_at: float = -FRESH_S

    def holds(self, coded: Coded, day: date | None) -> bool:
        """Whether the list has the code on a day, or ever had it."""
        entries = self.codes.get((coded.list, coded.code), [])
        return any(day is None or holds(entry, day) for entry in entries)
