"""Notices to a failing receiver from workers that are killed: each arrives as one message, and no other arrives."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import httpx
import pyotp
import pytest

from app.demo.province import PASSWORD
from docs.receive_webhook import is_genuine
from tests.faults.client import API
from tests.faults.conftest import SCALE, Install
from tests.faults.crowd import Crowd
from tests.faults.figures import Figures
from tests.faults.ledger import Ledger
from tests.faults.oracle import Oracle
from tests.faults.site import Site, moment
from tests.receivers import Received, Receiver, receiving

pytestmark = pytest.mark.faults
KILLS = 10 * SCALE
KILLS_IN_HAND = 5 * SCALE
PATIENCE_S = 300.0
BUREAU, ADMINISTRATOR = "phong.829", "so.quantri"
FAILING = 0.3
# As if pauses were over, and a human had put back what killed its worker more than eight times.
DUE = (
    "UPDATE job SET run_at = '2020-01-01 00:00:00.000000', attempts = 0, dead_at = NULL"
    " WHERE kind IN ('fan_out', 'deliver_webhook') AND leased_by IS NULL"
)
WAITING = "SELECT count(*) FROM webhook_delivery WHERE state <> 'delivered'"
FANNING_OUT = "SELECT count(*) FROM job WHERE kind = 'fan_out'"
UNSENT = f"SELECT ({WAITING}) + ({FANNING_OUT})"


@contextmanager
def administrator(site: Site) -> Iterator[httpx.Client]:
    """The department's, who enrols the second factor on the way."""
    with httpx.Client(base_url=site.address, timeout=90) as http:
        _sign_in(http, ADMINISTRATOR)
        secret = http.post(f"{API}/auth/totp").json()["secret"]
        confirmed = http.post(f"{API}/auth/totp/confirmation", json={"otp": pyotp.TOTP(secret).now()})
        http.headers["Authorization"] = f"Bearer {confirmed.json()['access_token']}"
        yield http


def bureau_of(site: Site) -> str:
    with httpx.Client(base_url=site.address, timeout=90) as http:
        _sign_in(http, BUREAU)
        return str(http.get(f"{API}/auth/me").json()["unit_id"])


def _sign_in(http: httpx.Client, username: str) -> None:
    answer = http.post(f"{API}/auth/sign-in", json={"username": username, "password": PASSWORD}).json()
    http.headers["Authorization"] = f"Bearer {answer['access_token']}"


def test_each_notice_reaches_a_failing_receiver(
    engine: str, install: Install, figures: Figures, tmp_path: Path
) -> None:
    site = install(engine, ATHD_WEBHOOK_INTERNAL_HOSTS='["127.0.0.1"]')
    oracle, server = Oracle(site), site.serve()
    crowd = Crowd(site, Ledger(tmp_path / "ledger"), backdated=True, clients=2)
    with receiving() as receiver, administrator(site) as admin:
        bureau = bureau_of(site)
        webhook = admin.post(f"{API}/webhooks", json={"unit_id": bureau, "url": receiver.url}).json()
        receiver.failing = FAILING
        worker = site.start("worker")
        with crowd.at_work(crowd.sign_in()):
            for _ in range(KILLS):
                moment(1.5)
                site.kill(worker)
                worker = site.start("worker")
        site.kill(worker)
        oracle.end_leases()
        worker = site.start("worker")
        oracle.await_calm()
        oracle.await_none(FANNING_OUT)
        receiver.failing, before = 0.0, len(receiver.received)
        replayed = admin.post(f"{API}/webhooks/{webhook['id']}/replay", json={"since": "2020-01-01T00:00:00Z"})
        oracle.await_none(WAITING)
    for process in (worker, server):
        site.kill(process)
    figures.killed(f"worker on {engine}", KILLS)
    notices = _notices(oracle, bureau)
    figures.record("webhooks", engine, f"{len(notices)} notices, {_summary(receiver.received)}")
    assert replayed.json()["count"] == len(notices) > 0
    assert all(is_genuine(each.headers, each.body, webhook["secret"]) for each in receiver.received[before:])
    _check(receiver.received, notices)


def test_a_server_killed_while_it_delivers_delivers_again(
    engine: str, install: Install, figures: Figures, tmp_path: Path
) -> None:
    """The receiver has the message in hand and has not answered; it gets it once more, as the same message."""
    site = install(engine, ATHD_WEBHOOK_INTERNAL_HOSTS='["127.0.0.1"]')
    oracle, server = Oracle(site), site.serve()
    crowd = Crowd(site, Ledger(tmp_path / "ledger"), backdated=True, clients=2)
    in_hand = set[str]()
    with receiving() as receiver, administrator(site) as admin, Hand(receiver) as hand:
        bureau = bureau_of(site)
        admin.post(f"{API}/webhooks", json={"unit_id": bureau, "url": receiver.url})
        tokens = crowd.sign_in()
        site.kill(server)
        site.settings["ATHD_WORKER"] = "true"
        server = site.serve()
        with crowd.at_work(tokens):
            for _ in range(KILLS_IN_HAND):
                in_hand |= hand.await_messages()
                site.kill(server)
                oracle.end_leases()
                server = site.serve()
        hand.open()
        oracle.await_calm()
        oracle.await_none(UNSENT, meanwhile=DUE)
    site.kill(server)
    figures.killed(f"server on {engine}", KILLS_IN_HAND)
    notices = _notices(oracle, bureau)
    times = Counter(each.headers["webhook-id"] for each in receiver.received)
    again = sum(times[each] - 1 for each in in_hand)
    figures.record(
        f"{KILLS_IN_HAND} kills in a delivery",
        engine,
        f"{len(notices)} notices, all arrived; {len(in_hand)} of them in hand at a kill, {again} times again",
    )
    assert all(times[each] > 1 for each in in_hand)
    _check(receiver.received, notices)


@dataclass
class Hand:
    """Blocks the receiver from answering until opened."""

    receiver: Receiver
    _opened: threading.Event = field(default_factory=threading.Event)
    _seen: int = 0

    def __enter__(self) -> Self:
        self.receiver.before_answering = self._opened.wait
        return self

    def __exit__(self, *_: object) -> None:
        self.open()

    def open(self) -> None:
        self._opened.set()

    def await_messages(self) -> set[str]:
        """The ids of what came since the last time, and is not answered."""
        deadline = time.monotonic() + PATIENCE_S
        while len(self.receiver.received) == self._seen:
            assert time.monotonic() < deadline, "nothing was sent"
            time.sleep(0.01)
        fresh = self.receiver.received[self._seen :]
        self._seen += len(fresh)
        return {each.headers["webhook-id"] for each in fresh}


def _notices(oracle: Oracle, bureau: str) -> set[str]:
    rows = oracle.rows("SELECT id, unit_id FROM notice")
    return {str(UUID(str(key))) for key, unit in rows if UUID(str(unit)) == UUID(bureau)}


def _deduplicated(received: list[Received]) -> dict[str, Any]:
    """The messages after deduplication by id; one id has one body."""
    bodies: dict[str, bytes] = {}
    for each in received:
        assert bodies.setdefault(each.headers["webhook-id"], each.body) == each.body
    return {key: json.loads(body) for key, body in bodies.items()}


def _check(received: list[Received], notices: set[str]) -> None:
    messages = _deduplicated(received).values()
    assert sorted(each["data"]["sequence"] for each in messages) == list(range(1, len(notices) + 1))
    assert sorted(each["data"]["notice_id"] for each in messages) == sorted(notices)


def _summary(received: list[Received]) -> str:
    order = [json.loads(each.body)["data"]["sequence"] for each in received]
    backwards = sum(second < first for first, second in pairwise(order))
    distinct = len(_deduplicated(received))
    assert backwards > 0, "nothing came out of order"
    return f"{distinct} arrived, 0 lost, {len(received) - distinct} times again, {backwards} times out of order"
