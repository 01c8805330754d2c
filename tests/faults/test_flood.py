"""Ten thousand robots and twenty children: each child is read within ten seconds, and few notices tell of it."""

import asyncio
import base64
import hashlib
import json
import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.faults.conftest import Install
from tests.faults.crowd import API, Crowd
from tests.faults.figures import Figures
from tests.faults.ledger import Ledger
from tests.faults.site import Site

pytestmark = pytest.mark.faults
ROBOTS = 10_000
AT_ONCE = 400
SOLVING = 0.02
CHILDREN = 20
LONGEST_S = 10.0
MOST_NOTICES = 5
WARM_S = 3.0


@dataclass
class Flood:
    """Robots send near-equal texts, one in fifty with a proof; each comes from an address of its own."""

    site: Site
    school: str
    left: int = ROBOTS
    taken: int = 0
    refused: list[int] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        async with httpx.AsyncClient(base_url=self.site.address, timeout=120, limits=limits) as http:
            await asyncio.gather(*(self._robot(http) for _ in range(AT_ONCE)))
        self.over.set()

    async def _robot(self, http: httpx.AsyncClient) -> None:
        while self.left > 0:
            self.left -= 1
            proof = await solved(http) if random.random() < SOLVING else None
            told = {"narrative": f"Thư rác bịa số {self.left % 7}", "unit_id": self.school, "proof": proof}
            answer = await http.post(f"{API}/public/intakes", json=told, headers=somewhere())
            if answer.status_code == httpx.codes.CREATED:
                self.taken += 1
            else:
                self.refused.append(answer.status_code)


def somewhere() -> dict[str, str]:
    """An address of documentation's and benchmarks' ranges (RFC 2544), as a trusted proxy passes it on."""
    return {"X-Forwarded-For": f"198.{random.choice((18, 19))}.{random.randrange(256)}.{random.randrange(256)}"}


async def solved(http: httpx.AsyncClient) -> str:
    """A challenge and its solution, as a telephone's browser finds it: by trying (ALTCHA)."""
    puzzle = (await http.get(f"{API}/public/challenge", headers=somewhere())).json()
    number = await asyncio.to_thread(_try, puzzle)
    answer = {name: puzzle[name] for name in ("algorithm", "challenge", "salt", "signature")} | {"number": number}
    return base64.b64encode(json.dumps(answer).encode()).decode()


def _try(puzzle: dict[str, Any]) -> int:
    salt = str(puzzle["salt"]).encode()
    tries = range(int(puzzle["maxNumber"]) + 1)
    return next(n for n in tries if hashlib.sha256(salt + str(n).encode()).hexdigest() == puzzle["challenge"])


@dataclass
class Desk:
    """A school's officer, who looks at the list of what waits."""

    http: httpx.AsyncClient
    seen: set[str] = field(default_factory=set)

    async def find(self, mark: str) -> bool:
        """Whether a mark is among what came in since the last look."""
        for intake in await self._fresh():
            shown = (await self.http.get(f"{API}/intakes/{intake}")).json()
            if mark in str(shown["content"]):
                return True
        return False

    async def _fresh(self) -> list[str]:
        query = {"lane": "proven", "linked": "false", "limit": "100"}
        page = (await self.http.get(f"{API}/intakes", params=query)).json()["items"]
        found = [one["id"] for one in page if one["id"] not in self.seen]
        self.seen.update(found)
        return found


async def tell(http: httpx.AsyncClient, desk: Desk, school: str) -> float:
    """Seconds from the first request of a child's device until an officer reads what the child told."""
    mark = f"loi-ke-bia-{uuid4().hex}"
    started = time.monotonic()
    told = {"narrative": f"Em bị bạn đánh ({mark})", "unit_id": school, "proof": await solved(http)}
    assert (await http.post(f"{API}/public/intakes", json=told, headers=somewhere())).status_code == httpx.codes.CREATED
    while not await desk.find(mark):
        assert time.monotonic() - started < 6 * LONGEST_S, "never delivered"
        await asyncio.sleep(0.1)
    return time.monotonic() - started


async def told_in_flood(site: Site, token: str) -> tuple[list[float], Flood, int]:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=site.address, timeout=60, headers=headers) as staff:
        school = (await staff.get(f"{API}/auth/me")).json()["unit_id"]
        flood = Flood(site, school)
        drowning = asyncio.create_task(flood.run())
        await asyncio.sleep(WARM_S)
        async with httpx.AsyncClient(base_url=site.address, timeout=60) as child:
            waited = [await tell(child, Desk(staff), school) for _ in range(CHILDREN)]
        assert not flood.over.is_set(), "the flood was over before the last child had told"
        await drowning
        notices = (await staff.get(f"{API}/notices", params={"limit": "500"})).json()["items"]
    return waited, flood, len(notices)


def test_a_flood_delays_no_child(engine: str, install: Install, figures: Figures, tmp_path_factory: Any) -> None:
    limits = {"ATHD_WORKER": "true", "ATHD_TRUSTED_PROXIES": '["127.0.0.1"]', "ATHD_PUBLIC_RATE_LIMIT_PER_MINUTE": "60"}
    site = install(engine, **limits)
    crowd = Crowd(site.address, Ledger(tmp_path_factory.mktemp("flood") / "ledger"))
    server = site.serve()
    token = crowd.sign_in()[0]
    before = len(list(_notices(site, token)))
    waited, flood, after = asyncio.run(told_in_flood(site, token))
    site.kill(server)
    slow, usual = max(waited), statistics.median(waited)
    children = f"{CHILDREN} children read after at most {slow:.1f} s (median {usual:.1f} s)"
    figures.tell("a flood", engine, f"{flood.taken} robots taken in; {children}; {after - before} notices")
    assert max(waited) <= LONGEST_S
    assert after - before <= MOST_NOTICES
    assert flood.taken + len(flood.refused) == ROBOTS
    assert not flood.refused, "an intake was refused: it might have been a child's"


def _notices(site: Site, token: str) -> Iterator[str]:
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.get(f"{site.address}{API}/notices", params={"limit": "500"}, headers=headers, timeout=30)
    return (one["id"] for one in answer.json()["items"])
