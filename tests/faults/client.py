"""One client that lives through every fault: it repeats a request until it is answered for good."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

from tests.faults.ledger import Ledger

API = "/api/v1"
PASSING = frozenset({409, 429, 503, 507})
DONE = frozenset({200, 201, 204})
STALE = 412
NOT_COUNTED = "report_stale"
"""Of a 409: what is below the report changed since it was counted."""
Headers = Mapping[str, str]
Made = dict[str, Any]
Matched = tuple[Headers, Made | None]


@dataclass
class Client:
    """Speaks for one account, or for nobody where `token` is empty."""

    address: str
    ledger: Ledger
    token: str = ""
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        self.http = httpx.Client(base_url=f"{self.address}{API}", timeout=90, headers=headers)

    def make(self, kind: str, path: str, body: Made) -> Made:
        """Something that did not exist before: sent under one key, acknowledged by the id that it was given."""
        key = uuid4().hex
        made = self._once(kind, key, lambda: self._post(path, body, key))
        self.ledger.acknowledge(key, kind, made["id"])
        return made

    def make_unseen(self, kind: str, path: str, body: Made) -> tuple[str, Made]:
        """What is answered without an id: its key and the answer, for the caller to acknowledge."""
        key = uuid4().hex
        return key, self._once(kind, key, lambda: self._post(path, body, key))

    def make_matched(self, kind: str, path: str, read: Callable[[], Matched]) -> Made:
        """Something that hangs on what was read before; `read` gives its If-Match and its body.

        A stale answer is followed by the very same request, for what made it stale may be an earlier try of its own.
        """
        key, made = self.matched(kind, "POST", path, read)
        self.ledger.acknowledge(key, kind, made["id"])
        return made

    def matched(self, kind: str, method: str, path: str, read: Callable[[], Matched]) -> tuple[str, Made]:
        """The same, for the caller to acknowledge: its key and the answer."""
        key = uuid4().hex
        headers, body = read()
        for number in count(1):
            answer = self._answered(kind, key, partial(self._call, method, path, body, key, headers))
            if not _is_stale(answer):
                break
            if number % 2 == 0:
                headers, body = read()
        made: Made = answer.json()
        return key, made

    def send(self, kind: str, method: str, path: str, **more: Any) -> Made:
        """A request that changes nothing when it is repeated, and needs no key."""
        return self._once(kind, uuid4().hex, lambda: self.http.request(method, path, **more))

    def tag(self, path: str) -> str:
        """The ETag of what is there now."""
        return self._answered("read", uuid4().hex, lambda: self.http.get(path)).headers["ETag"]

    def _post(self, path: str, body: Made, key: str) -> httpx.Response:
        return self._call("POST", path, body, key, {})

    def _call(self, method: str, path: str, body: Made | None, key: str, headers: Headers) -> httpx.Response:
        return self.http.request(method, path, json=body, headers={"Idempotency-Key": key, **headers})

    def _once(self, kind: str, key: str, ask: Callable[[], httpx.Response]) -> Made:
        answer = self._answered(kind, key, ask)
        if _is_stale(answer):
            self._give_up(kind, answer)
        made: Made = answer.json() if answer.content else {}
        return made

    def _answered(self, kind: str, key: str, ask: Callable[[], httpx.Response]) -> httpx.Response:
        while True:
            self.ledger.tried(key)
            answer = self._answer(kind, ask)
            if answer is not None and answer.status_code in DONE:
                self.ledger.answered(kind)
                return answer
            if answer is not None and _is_stale(answer):
                return answer
            if answer is not None and answer.status_code not in PASSING:
                self._give_up(kind, answer)
            time.sleep(random.uniform(0.01, 0.1))

    def _give_up(self, kind: str, answer: httpx.Response) -> None:
        self.ledger.refuse(f"{answer.status_code} {kind} {answer.text[:300]}")
        raise SystemExit

    def _answer(self, kind: str, ask: Callable[[], httpx.Response]) -> httpx.Response | None:
        """None where the line broke: what became of the request is unknown, unless it never reached the server."""
        try:
            return ask()
        except httpx.ConnectError:
            return None
        except httpx.TransportError:
            self.ledger.cut_off(kind)
            return None


def _is_stale(answer: httpx.Response) -> bool:
    """Whether the request is right only after another reading."""
    return answer.status_code == STALE or (answer.status_code == 409 and answer.json()["code"] == NOT_COUNTED)
