"""Clients at work through every fault: each act is repeated under its key until it is acknowledged."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import httpx

from app.demo.province import PASSWORD
from tests.faults.acts import Staff, Stranger
from tests.faults.client import API, Client
from tests.faults.ledger import Ledger
from tests.faults.report_acts import Reporter, is_of_reports, open_period
from tests.faults.signing_acts import Signer, open_classes
from tests.faults.site import Site

SCHOOLS = ("th.829.01.hieutruong", "th.829.01.canbo", "th.829.01.tuvan", "phong.829")
LEADERS = {0, 3}
NEIGHBOUR = "th.829.02.hieutruong"
DEPARTMENT = "so.lanhdao"
BUREAU = "phong.829.lanhdao"
REPORTERS = (
    ("th.829.01.canbo", "th.829.01.hieutruong", BUREAU),
    (NEIGHBOUR, NEIGHBOUR, BUREAU),
    (BUREAU, BUREAU, DEPARTMENT),
)
"""Who drafts, submits and reviews a report. The department locks each."""
PATIENCE_S = 300.0


@dataclass
class Crowd:
    """Of the schools' people, and of strangers."""

    site: Site
    ledger: Ledger
    backdated: bool = False
    """Whether what happened is already past its clocks, so that a worker has work."""
    clients: int = 8
    strangers: int = 2
    small_files: bool = False
    reports: bool = False
    """Whether two schools and their bureau report as well."""
    classes: bool = False
    """Whether a school's classes are signed as well."""
    stopping: threading.Event = field(default_factory=threading.Event)
    hotline: str = ""
    school: str = ""
    neighbour: str = ""
    reporters: list[Reporter] = field(default_factory=list)
    signers: list[Signer] = field(default_factory=list)

    def sign_in(self) -> list[str]:
        """A token for each of the schools' people. They last for the length of a test."""
        with httpx.Client(base_url=f"{self.site.address}{API}", timeout=90) as http:
            self.hotline = http.get("/hotlines").json()[0]["id"]
            *tokens, neighbour = [_token(http, name) for name in (*SCHOOLS, NEIGHBOUR)]
            self.school, self.neighbour = _unit(http, tokens[0]), _unit(http, neighbour)
            if self.reports:
                self._open_reports(http)
            if self.classes:
                self._open_classes(tokens[0])
            return tokens

    def _open_classes(self, token: str) -> None:
        head = self._client(token)
        with head.http:
            self.signers += [Signer(self._client(token), shown) for shown in open_classes(head)]

    def _open_reports(self, http: httpx.Client) -> None:
        names = {DEPARTMENT, *(name for line in REPORTERS for name in line)}
        tokens = {name: _token(http, name) for name in names}
        department = self._client(tokens[DEPARTMENT])
        with department.http:
            reports = open_period(department)
        for line in REPORTERS:
            drafter, head, reviewer, locker = (self._client(tokens[name]) for name in (*line, DEPARTMENT))
            report = reports[_unit(http, tokens[line[0]])]
            reporter = Reporter(drafter, head, reviewer, locker, report)
            reporter.begin()
            self.reporters.append(reporter)

    def await_step(self) -> None:
        """Until one of the reports is a step further."""
        before, deadline = self._steps(), time.monotonic() + PATIENCE_S
        while self._steps() == before:
            assert time.monotonic() < deadline, "no report gets any further"
            time.sleep(0.01)

    def _steps(self) -> int:
        return sum(count for act, count in self.ledger.answers.items() if is_of_reports(act))

    @contextmanager
    def at_work(self, tokens: list[str]) -> Iterator[None]:
        """Work until the block ends, and then to the end of what each began. The server must be up by then."""
        staff = [self._staff(n % len(tokens), tokens[n % len(tokens)]) for n in range(self.clients)]
        strangers = [self._stranger() for _ in range(self.strangers)]
        everybody = (*staff, *strangers, *self.reporters, *self.signers)
        threads = [threading.Thread(target=self._work, args=(who,), daemon=True) for who in everybody]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stopping.set()
        deadline = time.monotonic() + PATIENCE_S
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        assert not self.ledger.refusals, self.ledger.refusals[:5]
        assert not any(thread.is_alive() for thread in threads), "a client never got an answer"

    def _work(self, who: Staff | Stranger | Reporter | Signer) -> None:
        with ExitStack() as lines:
            for client in who.clients:
                lines.callback(client.http.close)
            while not self.stopping.is_set():
                who.act()

    def _client(self, token: str = "") -> Client:
        return Client(self.site.address, self.ledger, token)

    def _staff(self, number: int, token: str) -> Staff:
        client = self._client(token)
        leads = number in LEADERS
        return Staff(client, leads, self.hotline, self.neighbour, self.backdated, self.small_files)

    def _stranger(self) -> Stranger:
        return Stranger(self._client(), self.school, self.site.receipt_digest)


def _token(http: httpx.Client, username: str) -> str:
    return str(http.post("/auth/sign-in", json={"username": username, "password": PASSWORD}).json()["access_token"])


def _unit(http: httpx.Client, token: str) -> str:
    return str(http.get("/auth/me", headers={"Authorization": f"Bearer {token}"}).json()["unit_id"])
