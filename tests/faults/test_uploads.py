"""kill -9 of the worker in a large upload: after each kill it is whole or goes on, never half, and no row is twice."""

import os
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.core.time import local_date, utc_now
from app.demo.province import PASSWORD
from tests.faults.client import API
from tests.faults.conftest import Install
from tests.faults.figures import Figures
from tests.faults.ledger import Ledger
from tests.faults.oracle import Oracle
from tests.faults.site import Site, moment

pytestmark = pytest.mark.faults
# On each engine: 100 in the nightly run.
KILLS = 50 if int(os.environ.get("ATHD_FAULTS", "1")) > 1 else 3
# A part of the file has about 8,000, on SQLite a quarter of them.
ROWS = {"postgresql": 13_000, "sqlite": 5_000} if KILLS > 3 else {"postgresql": 1_500, "sqlite": 1_500}
# A kill comes within the time that the last part took; the head of a file is read sooner.
LONGEST_S, HEAD_S = 6.0, 0.2
PATIENCE_S = 300.0
CLERK, CLASS = "th.829.01.canbo", "1A"
HEAD = "Mã lớp,Mã định danh Bộ GD&ĐT,Số ĐDCN,Họ và tên,Ngày sinh,Giới tính"
TABLES = ("learner", "learner_identifier", "enrolment", "enrolment_status", "upload_change")
NUMBERS = {"learner_identifier": 2}
"""Of each learner."""
CHECKPOINT = (
    "SELECT state, at_row, rows_created, (SELECT min(first_row) FROM upload_part WHERE upload_id = upload.id),"
    " (SELECT count(*) FROM upload_part WHERE upload_id = upload.id AND first_row = at_row),"
    " (SELECT count(*) FROM upload_part WHERE upload_id = upload.id AND first_row > at_row) FROM upload WHERE id = '{}'"
)
FIRST_PARTS = ("received", "checking, the first part", "applying, the first part")
# They are sought by turns. The small form has one part; in the nightly run each is met, but for the head.
PLACES = FIRST_PARTS if KILLS == 3 else (*FIRST_PARTS, "checking, a later part", "applying, the last part")
UNSETTLED = "SELECT count(*) FROM job WHERE kind = 'upload'"
LEASED = "SELECT leased_by FROM job WHERE kind = 'upload' AND leased_by IS NOT NULL"
# As if a person had put back what killed its worker too often.
PUT_BACK = "UPDATE job SET attempts = 0, dead_at = NULL WHERE kind = 'upload'"
TWICE = "SELECT count(*) - count(DISTINCT {}) FROM {}"


@dataclass
class Uploads:
    """One file after the other, each of other learners."""

    site: Site
    oracle: Oracle
    http: httpx.Client
    rows: int
    sent: int = 0
    current: str = ""
    part_s: float = 1.5

    def __post_init__(self) -> None:
        self.before = self.counts()

    def counts(self) -> dict[str, int]:
        return {table: int(str(self.oracle.rows(f"SELECT count(*) FROM {table}")[0][0])) for table in TABLES}  # noqa: S608 — names of tables

    def send(self) -> None:
        first = self.sent * self.rows
        lines = (
            f"{CLASS},8{n:09},1{n:011},Trần Thị Mẫu {n},{n % 28 + 1:02}/03/2019,Nữ"
            for n in range(first, first + self.rows)
        )
        body = "\n".join((HEAD, *lines, "")).encode()
        day = local_date(utc_now())
        year = day.year if day.month > 8 else day.year - 1
        asked = {"dataset": "learners", "school_year": f"{year}-{year + 1}"}
        answer = self.http.post("/uploads", content=body, params=asked, headers={"Content-Type": "text/csv"})
        assert answer.status_code == 202, answer.text
        self.sent, self.current = self.sent + 1, self.oracle.written(answer.json()["id"])

    def is_over(self) -> bool:
        return self.oracle.rows(UNSETTLED) == [(0,)]

    def await_checkpoint(self) -> None:
        """Until the part in hand is done, so that kills meet later parts however slow the machine is."""
        query, began = CHECKPOINT.format(self.current), time.monotonic()
        before = self.oracle.rows(query)
        while self.oracle.rows(query) == before and not self.is_over():
            assert time.monotonic() < began + PATIENCE_S, before
            time.sleep(0.02)
        self.part_s = min(time.monotonic() - began, LONGEST_S)

    def await_place(self, wanted: str) -> None:
        """Until the upload comes to a place, or else the next one that is sent then."""
        while self.place() != wanted:
            if self.is_over():
                self.send()
            else:
                self.await_checkpoint()

    def place(self) -> str:
        """Where the checkpoint stands."""
        ((state, at_row, _, first, _, after),) = self.oracle.rows(CHECKPOINT.format(self.current))
        if state == "applying":
            return f"applying, the {'first' if at_row == first else 'last' if after == 0 else 'next'} part"
        return f"checking, {'the first' if first is None else 'a later'} part" if state == "checking" else str(state)

    def check(self) -> None:
        """What the checkpoint says is what is there, of every table, and it stands between two parts."""
        ((state, at_row, created, first, is_between, _),) = self.oracle.rows(CHECKPOINT.format(self.current))
        assert state in {"received", "checking", "applying", "applied"}, state
        within = self.sent - 1
        if state == "applied":
            there = self.rows
            assert created == self.rows
        elif state == "applying":
            there = int(str(at_row)) - int(str(first))
            assert is_between == 1
            assert there in {0, created}
        else:
            there = 0
        grown = {table: number - self.before[table] for table, number in self.counts().items()}
        made = within * self.rows + there
        assert grown == {table: made * NUMBERS.get(table, 1) for table in TABLES}

    def await_job(self, former: list[tuple[object, ...]]) -> None:
        """Until a worker has a part of the upload in hand."""
        deadline = time.monotonic() + PATIENCE_S
        while (found := self.oracle.rows(LEASED)) in (former, []) and not self.is_over():
            assert time.monotonic() < deadline, found
            time.sleep(0.01)

    def await_end(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not self.is_over():
            assert time.monotonic() < deadline, self.oracle.rows(CHECKPOINT.format(self.current))
            time.sleep(0.1)


def clerk_of(site: Site) -> httpx.Client:
    http = httpx.Client(base_url=f"{site.address}{API}", timeout=90)
    answer = http.post("/auth/sign-in", json={"username": CLERK, "password": PASSWORD}).json()
    http.headers["Authorization"] = f"Bearer {answer['access_token']}"
    return http


def test_a_killed_worker_leaves_an_upload_whole_or_to_go_on(
    engine: str, install: Install, figures: Figures, tmp_path: Path
) -> None:
    site = install(engine, ATHD_UPLOAD_KNOWN_SHARE="0")
    oracle = Oracle(site)
    server = site.serve()
    met = Counter[str]()
    with closing(clerk_of(site)) as http:
        uploads = Uploads(site, oracle, http, ROWS[engine])
        for number in range(KILLS):
            if uploads.is_over():
                uploads.send()
            former = oracle.rows(LEASED)
            worker = site.start("worker")
            uploads.await_job(former)
            wanted = PLACES[number % len(PLACES)]
            uploads.await_place(wanted)
            moment(HEAD_S if wanted == "received" else uploads.part_s)
            site.kill(worker)
            is_met = oracle.rows(LEASED) not in (former, [])
            uploads.check()
            met.update([uploads.place()] if is_met else [])
            oracle.end_leases()
            oracle.change(PUT_BACK)
        worker = site.start("worker")
        uploads.await_end()
        site.kill(worker)
    site.kill(server)
    uploads.check()
    twice = [
        oracle.rows(TWICE.format(*each))
        for each in (("org_path || value_index", "learner_identifier"), ("record_id", "upload_change"))
    ]
    verdict = oracle.judge(Ledger(tmp_path / "ledger"))
    figures.killed(f"worker in an upload on {engine}", KILLS)
    rows = uploads.sent * uploads.rows
    places = "; ".join(f"{number} {place}" for place, number in sorted(met.items()))
    said = (
        f"{met.total()} met a part ({places}); {rows} rows in {uploads.sent} files, all there once; {verdict.storage}"
    )
    figures.record(f"{KILLS} kills in an upload", engine, said)
    assert twice == [[(0,)], [(0,)]]
    assert met if KILLS == 3 else met.keys() >= set(PLACES) - {"received"}
    assert verdict.is_clean, verdict
