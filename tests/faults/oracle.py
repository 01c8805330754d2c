"""Invariants after every fault: nothing acknowledged is lost or duplicated, and nothing is stored in plaintext."""

import sqlite3
import time
from bisect import bisect
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg

from tests.faults.acts import CANARY
from tests.faults.amcheck import check_postgres
from tests.faults.files import check_files
from tests.faults.ledger import Ledger
from tests.faults.report_acts import ACTS, act_of, is_of_reports
from tests.faults.report_halves import REPORT_HALVES, check_reports
from tests.faults.signing_acts import CLASS_HALVES, CLASSES_FOUND, is_of_classes
from tests.faults.site import Site

EVENTS = (
    "SELECT code, data ->> 'version', row_number() OVER (PARTITION BY report.id, data ->> 'version')"
    " FROM report JOIN report_event ON report_id = report.id WHERE kind = '{}'"
)
FOUND = {
    "intake": "SELECT id FROM intake WHERE receipt_digest IS NULL",
    "receipt": "SELECT receipt_digest FROM intake WHERE receipt_digest IS NOT NULL",
    "message": "SELECT receipt_digest, row_number() OVER (PARTITION BY intake.id ORDER BY written_at)"
    " FROM message JOIN intake ON intake.id = intake_id",
    "incident": "SELECT id FROM incident",
    "person": "SELECT id FROM incident_person",
    "severity": "SELECT id FROM incident_severity",
    "referral": "SELECT id FROM referral",
    "case": "SELECT id FROM child_case",
    "assessment": "SELECT id FROM case_assessment",
    "plan": "SELECT id FROM case_plan",
    "grant": "SELECT id FROM case_grant",
    "merge": "SELECT id FROM incident_merge",
    "undo": "SELECT id FROM incident_merge WHERE undone_at IS NOT NULL",
    "attachment": "SELECT id FROM attachment",
    "destruction": "SELECT id FROM attachment WHERE destroyed_at IS NOT NULL",
    **{act_of(event): EVENTS.format(event) for event in ACTS},
    **CLASSES_FOUND,
}
"""What there is of each kind of act, named as the ledger names it."""
HALVES = {
    "a plan without its steps": "SELECT count(*) FROM case_plan WHERE"
    " (SELECT count(*) FROM case_plan_step WHERE plan_id = case_plan.id) <> 2",
    "merged, and no merge says so": "SELECT count(*) FROM incident WHERE merged_into_id IS NOT NULL",
    "an intake without its incident": "SELECT count(*) FROM intake WHERE lane = 'staff'"
    " AND NOT EXISTS (SELECT 1 FROM intake_link WHERE intake_id = intake.id)",
    **REPORT_HALVES,
    **CLASS_HALVES,
}
"""Acts of which a part is there: none may ever come to be. The demonstration's own plans have one step."""
CHUNK = 1 << 20
UUID_LENGTH = 36
PATIENCE_S = 600.0
LEASES_OVER = "UPDATE job SET run_at = '2020-01-01 00:00:00.000000' WHERE leased_by IS NOT NULL"
UNSETTLED = (
    "SELECT (SELECT count(*) FROM clock WHERE missed_at IS NULL AND met_at IS NULL AND voided_at IS NULL"
    " AND due_at < CURRENT_TIMESTAMP)"
    " + (SELECT count(*) FROM audit_entry WHERE block IS NULL AND at < CURRENT_TIMESTAMP)"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts of acts. `doubled` is what is there beyond what was acknowledged: every act was driven to its answer.

    `storage` states how the engine's own files were checked.
    """

    acknowledged: int
    lost: int
    doubled: int
    repeated: int
    plaintext: int
    storage: str
    files: int
    orphans: int
    reports: int
    """Submitted versions that were read back whole."""
    cuts: Counter[str]
    """Acts on reports and classes whose line broke under way."""
    hits: int
    """Kills that broke one on a report."""
    class_hits: int
    """Kills that broke one on a class."""

    def __str__(self) -> str:
        cut = ", ".join(f"{count} {act}" for act, count in self.cuts.items()) or "none"
        return (
            f"{self.acknowledged} acknowledged ({self.repeated} only when repeated under their key),"
            f" {self.lost} lost, {self.doubled} doubled, {self.plaintext} plaintext hits;"
            f" {self.files} files read back, {self.orphans} objects of broken uploads swept;"
            f" {self.reports} submitted versions of reports whole, {self.hits} kills cut off acts on them,"
            f" {self.class_hits} such on classes ({cut}); {self.storage}"
        )

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.plaintext)


class Oracle:
    """Knows what was there before the fault."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.before = {kind: self.found(kind) for kind in FOUND}
        self.halves = self._halves()

    def judge(self, ledger: Ledger) -> Verdict:
        lost = doubled = 0
        for kind, before in self.before.items():
            there, acknowledged = self.found(kind) - before, ledger.ids(kind)
            lost, doubled = lost + len(acknowledged - there), doubled + len(there - acknowledged)
        assert self._halves() == self.halves
        assert "whole" in self.site.athd("audit", "verify")
        cuts = [(act, at) for act, at in ledger.cuts if is_of_reports(act) or is_of_classes(act)]
        return Verdict(
            acknowledged=len(ledger.acknowledged),
            lost=lost,
            doubled=doubled,
            repeated=ledger.repeated,
            plaintext=self._plaintext(),
            storage=self._check_storage(),
            files=len(ledger.contents),
            orphans=check_files(self.site, ledger),
            reports=check_reports(self.site, ledger),
            cuts=Counter(act for act, _ in cuts),
            hits=len({bisect(self.site.killed, at) for act, at in cuts if is_of_reports(act)}),
            class_hits=len({bisect(self.site.killed, at) for act, at in cuts if is_of_classes(act)}),
        )

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What the database holds, past every scope."""
        if self.site.database is None:
            with closing(sqlite3.connect(self.site.directory / "data" / "athd.db")) as connection:
                return list(connection.execute(query))
        with psycopg.connect(self.site.database.admin_url) as connection:
            return list(connection.execute(query.encode()))

    def change(self, statement: str) -> None:
        """Past every rule, as only a test may."""
        if self.site.database is None:
            with sqlite3.connect(self.site.directory / "data" / "athd.db", timeout=60) as connection:
                connection.execute(statement)
            return
        with psycopg.connect(self.site.database.admin_url) as connection:
            connection.execute(statement.encode())

    def end_leases(self) -> None:
        """As if time had passed: what a dead worker had begun may be begun anew. None may be alive."""
        self.change(LEASES_OVER)

    def await_calm(self) -> None:
        """Until nothing that has run out waits for the worker, and every entry is sealed."""
        self.await_none(UNSETTLED)

    def await_none(self, count: str, meanwhile: str | None = None) -> None:
        """Until there is none; `meanwhile` is a change made between any two looks."""
        deadline = time.monotonic() + PATIENCE_S
        while self.rows(count) != [(0,)]:
            assert time.monotonic() < deadline, self.rows(count)
            if meanwhile is not None:
                self.change(meanwhile)
            time.sleep(0.5)

    def found(self, kind: str) -> set[str]:
        return self.named(FOUND[kind])

    def named(self, query: str) -> set[str]:
        return set(map(name_of, self.rows(query)))

    def written(self, name: str) -> str:
        """An id as this engine writes it."""
        return name if self.site.database else UUID(name).hex

    def _halves(self) -> dict[str, list[tuple[object, ...]]]:
        return {what: self.rows(count) for what, count in HALVES.items()}

    def _check_storage(self) -> str:
        """What was looked at. Raises where the engine finds its own files damaged."""
        if self.site.database is not None:
            return check_postgres(self.site.database.admin_url)
        assert self.rows("PRAGMA integrity_check") == [("ok",)]
        assert self.rows("PRAGMA foreign_key_check") == []
        return "file whole"

    def _plaintext(self) -> int:
        """Files of the installation that hold the narratives' mark: database, WAL, log, temporary files."""
        folders = [self.site.directory, *([self.site.database_files] if self.site.database_files else [])]
        files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
        return sum(_holds(file, CANARY.encode()) for file in files)


def name_of(row: Sequence[object]) -> str:
    """As the ledger has it: an id as every engine writes it, or the parts of a name."""
    if len(row) > 1 or len(str(row[0])) > UUID_LENGTH:
        return " ".join(map(str, row))
    return str(UUID(str(row[0])))


def _holds(path: Path, mark: bytes) -> bool:
    tail = b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                if mark in tail + chunk:
                    return True
                tail = chunk[-len(mark) :]
    except FileNotFoundError:
        return False
    return False
