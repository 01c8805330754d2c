"""What must hold after every fault: nothing acknowledged is lost, nothing is there twice, nothing lies in the open."""

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg

from tests.faults.crowd import CANARY
from tests.faults.ledger import Ledger
from tests.faults.site import Site

TABLES = {"intake": "intake", "incident": "incident", "person": "incident_person", "referral": "referral"}
CHUNK = 1 << 20
PATIENCE_S = 240.0
UNSETTLED = (
    "SELECT (SELECT count(*) FROM clock WHERE missed_at IS NULL AND met_at IS NULL AND voided_at IS NULL"
    " AND due_at < CURRENT_TIMESTAMP) + (SELECT count(*) FROM audit_entry WHERE block IS NULL)"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts of acts. `doubled` is what is there beyond what was acknowledged: every act was driven to its answer."""

    acknowledged: int
    lost: int
    doubled: int
    repeated: int
    plaintext: int

    def __str__(self) -> str:
        return (
            f"{self.acknowledged} acknowledged ({self.repeated} only when repeated under their key),"
            f" {self.lost} lost, {self.doubled} doubled, {self.plaintext} plaintext hits"
        )

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.plaintext)


class Oracle:
    """Knows what was there before the fault."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.before = {kind: set(self._ids(table)) for kind, table in TABLES.items()}

    def judge(self, ledger: Ledger) -> Verdict:
        lost = doubled = 0
        for kind, table in TABLES.items():
            there, told = set(self._ids(table)) - self.before[kind], ledger.ids(kind)
            lost, doubled = lost + len(told - there), doubled + len(there - told)
        self._check_storage()
        assert "whole" in self.site.athd("audit", "verify")
        return Verdict(len(ledger.acknowledged), lost, doubled, ledger.repeated, self._plaintext())

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What the database holds, past every scope."""
        if self.site.database is None:
            with sqlite3.connect(self.site.directory / "data" / "athd.db") as connection:
                return list(connection.execute(query))
        with psycopg.connect(self.site.database.admin_url) as connection:
            return list(connection.execute(query.encode()))

    def await_calm(self) -> None:
        """Until nothing that has run out waits for the worker, and every entry is sealed."""
        self.await_none(UNSETTLED)

    def await_none(self, count: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while self.rows(count) != [(0,)]:
            assert time.monotonic() < deadline, self.rows(count)
            time.sleep(0.5)

    def _ids(self, table: str) -> Iterator[str]:
        return (str(UUID(str(row[0]))) for row in self.rows(f"SELECT id FROM {table}"))  # noqa: S608 — a constant

    def _check_storage(self) -> None:
        if self.site.database is None:
            assert self.rows("PRAGMA integrity_check") == [("ok",)]
            assert self.rows("PRAGMA foreign_key_check") == []

    def _plaintext(self) -> int:
        """Files of the installation that hold the narratives' mark: database, WAL, log, temporary files."""
        folders = [self.site.directory, *([self.site.database_files] if self.site.database_files else [])]
        files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
        return sum(_holds(file, CANARY.encode()) for file in files)


def _holds(path: Path, mark: bytes) -> bool:
    kept = b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                if mark in kept + chunk:
                    return True
                kept = chunk[-len(mark) :]
    except FileNotFoundError:
        return False
    return False
