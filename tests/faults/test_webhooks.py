"""Notices to a receiver that fails, by workers that are killed: each arrives, as one message, and none is invented."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
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
from tests.receivers import Received, receiving

pytestmark = pytest.mark.faults
KILLS = 10 * SCALE
BUREAU, ADMINISTRATOR = "phong.829", "so.quantri"
FAILING = 0.3
WAITING = "SELECT count(*) FROM webhook_delivery WHERE state <> 'delivered'"


@contextmanager
def administrator(site: Site) -> Iterator[httpx.Client]:
    """The department's, who enrols the second factor on the way."""
    with httpx.Client(base_url=site.address, timeout=30) as http:
        _sign_in(http, ADMINISTRATOR)
        secret = http.post(f"{API}/auth/totp").json()["secret"]
        confirmed = http.post(f"{API}/auth/totp/confirmation", json={"otp": pyotp.TOTP(secret).now()})
        http.headers["Authorization"] = f"Bearer {confirmed.json()['access_token']}"
        yield http


def bureau_of(site: Site) -> str:
    with httpx.Client(base_url=site.address, timeout=30) as http:
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
    crowd = Crowd(site, Ledger(tmp_path / "ledger"), told_long_ago=True, clients=2)
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
        oracle.await_calm()
        oracle.await_none("SELECT count(*) FROM job WHERE kind = 'fan_out'")
        receiver.failing, before = 0.0, len(receiver.received)
        replayed = admin.post(f"{API}/webhooks/{webhook['id']}/replay", json={"since": "2020-01-01T00:00:00Z"})
        oracle.await_none(WAITING)
    for process in (worker, server):
        site.kill(process)
    figures.killed(f"worker on {engine}", KILLS)
    told = _notices(oracle, bureau)
    figures.tell("webhooks", engine, f"{len(told)} notices, {_summary(receiver.received)}")
    assert replayed.json()["count"] == len(told) > 0
    assert all(is_genuine(each.headers, each.body, webhook["secret"]) for each in receiver.received[before:])
    _check(receiver.received, told)


def _notices(oracle: Oracle, bureau: str) -> set[str]:
    rows = oracle.rows("SELECT id, unit_id FROM notice")
    return {str(UUID(str(key))) for key, unit in rows if UUID(str(unit)) == UUID(bureau)}


def _kept(received: list[Received]) -> dict[str, Any]:
    """What a receiver that keeps ids knows at the end; one id, one message."""
    kept: dict[str, bytes] = {}
    for each in received:
        assert kept.setdefault(each.headers["webhook-id"], each.body) == each.body
    return {key: json.loads(body) for key, body in kept.items()}


def _check(received: list[Received], told: set[str]) -> None:
    messages = _kept(received).values()
    assert sorted(each["data"]["sequence"] for each in messages) == list(range(1, len(told) + 1))
    assert sorted(each["data"]["notice_id"] for each in messages) == sorted(told)


def _summary(received: list[Received]) -> str:
    order = [json.loads(each.body)["data"]["sequence"] for each in received]
    backwards = sum(second < first for first, second in pairwise(order))
    distinct = len(_kept(received))
    assert backwards > 0, "nothing came out of order"
    return f"{distinct} arrived, 0 lost, {len(received) - distinct} times again, {backwards} times out of order"
