"""Acknowledged operations, stored outside the fault: the only evidence the oracle trusts."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Ledger:
    """Each line of `path`: what was acknowledged, under which key, with which id."""

    path: Path
    acknowledged: dict[str, tuple[str, str]] = field(default_factory=dict)
    moments: dict[str, float] = field(default_factory=dict)
    attempts: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    refusals: list[str] = field(default_factory=list)
    contents: dict[str, str] = field(default_factory=dict)
    """The SHA-256 of each file that must still be there, by its attachment's id."""
    drafts: dict[tuple[str, int], int] = field(default_factory=dict)
    """What was last written into a version of a report, by the report's code."""
    cuts: list[tuple[str, float]] = field(default_factory=list)
    """Each request that was under way when its line broke, with the moment."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def acknowledge(self, key: str, kind: str, made: str) -> None:
        with self._lock:
            assert self.acknowledged.setdefault(key, (kind, made)) == (kind, made), "one key, two answers"
            self.moments.setdefault(key, time.time())
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{kind} {key} {made}\n")

    def tried(self, key: str) -> None:
        with self._lock:
            self.attempts[key] += 1

    def answered(self, kind: str) -> None:
        with self._lock:
            self.answers[kind] += 1

    def cut_off(self, kind: str) -> None:
        with self._lock:
            self.cuts.append((kind, time.time()))

    def refuse(self, what: str) -> None:
        with self._lock:
            self.refusals.append(what)

    def ids(self, kind: str) -> set[str]:
        with self._lock:
            return {made for what, made in self.acknowledged.values() if what == kind}

    def by(self, moment: float) -> set[tuple[str, str]]:
        """Kind and id of what was acknowledged before a moment (seconds since 1970)."""
        with self._lock:
            return {self.acknowledged[key] for key, at in self.moments.items() if at < moment}

    @property
    def repeated(self) -> int:
        """Keys whose first outcome was unknown to the client."""
        return sum(1 for count in self.attempts.values() if count > 1)
