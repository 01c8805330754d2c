"""Eight clients at work through every fault: each act is repeated under its key until it is acknowledged."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from app.demo.province import PASSWORD
from tests.faults.ledger import Ledger

API = "/api/v1"
CANARY = "vet-chim-hoang-yen-bia"
SCHOOLS = ("th.829.01.hieutruong", "th.829.01.canbo", "th.829.01.tuvan", "phong.829")
PASSING = frozenset({409, 429, 503, 507})
PATIENCE_S = 120.0


@dataclass
class Crowd:
    address: str
    ledger: Ledger
    told_long_ago: bool = False
    """Whether what happened is already past its clocks, so that a worker has work."""
    clients: int = 8
    stopping: threading.Event = field(default_factory=threading.Event)
    hotline: str = ""

    def sign_in(self) -> list[str]:
        """A token for each of the schools' people. They last for the length of a test."""
        with httpx.Client(base_url=self.address, timeout=30) as http:
            self.hotline = http.get(f"{API}/hotlines").json()[0]["id"]
            bodies = ({"username": name, "password": PASSWORD} for name in SCHOOLS)
            return [http.post(f"{API}/auth/sign-in", json=body).json()["access_token"] for body in bodies]

    @contextmanager
    def at_work(self, tokens: list[str]) -> Iterator[None]:
        """Work until the block ends, and then to the end of what each began. The server must be up by then."""
        threads = [
            threading.Thread(target=self._work, args=(tokens[n % len(tokens)],), daemon=True)
            for n in range(self.clients)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stopping.set()
            for thread in threads:
                thread.join(PATIENCE_S)
            assert not any(thread.is_alive() for thread in threads), "a client never got an answer"
        assert not self.ledger.refusals, self.ledger.refusals[:5]

    def _work(self, token: str) -> None:
        with httpx.Client(base_url=self.address, timeout=10, headers={"Authorization": f"Bearer {token}"}) as http:
            while not self.stopping.is_set():
                taken = self._until_done(http, "intake", f"{API}/intakes", _intake(long_ago=self.told_long_ago))
                incident = f"{API}/incidents/{taken['incident_id']}"
                self.ledger.acknowledge(f"of {taken['id']}", "incident", taken["incident_id"])
                self._until_done(http, "person", f"{incident}/persons", {"role": "witness", "name": CANARY})
                self._until_done(http, "referral", f"{incident}/referrals", self._referral())

    def _until_done(self, http: httpx.Client, kind: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        key = uuid4().hex
        while True:
            self.ledger.tried(key)
            answer = _answer(lambda: http.post(path, json=body, headers={"Idempotency-Key": key}))
            if answer is not None and answer.status_code == httpx.codes.CREATED:
                made: dict[str, Any] = answer.json()
                self.ledger.acknowledge(key, kind, made["id"])
                return made
            if answer is not None and answer.status_code not in PASSING:
                self.ledger.refuse(f"{answer.status_code} {kind} {answer.text[:200]}")
                raise SystemExit
            time.sleep(random.uniform(0.01, 0.1))

    def _referral(self) -> dict[str, Any]:
        return {"hotline_id": self.hotline, "channel": "phone", "made_at": _ago(minutes=1), "request": CANARY}


def _answer(ask: Callable[[], httpx.Response]) -> httpx.Response | None:
    """None where the line broke: what became of the request is unknown."""
    try:
        return ask()
    except httpx.TransportError:
        return None


def _intake(*, long_ago: bool) -> dict[str, Any]:
    told = {"source_channel": "in_person", "group": "school_violence", "narrative": f"{CANARY} {uuid4()}"}
    return told | ({"received_at": _ago(days=30)} if long_ago else {})


def _ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat()
