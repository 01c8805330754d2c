"""Ten thousand robots with children among them: every child report is read, and few notices are sent.

Twenty bring a solved challenge, as any browser does: read within ten seconds. Five bring none and lie among the robots:
delayed for seconds, deferred while the queue is full, never refused; from their receipt on they may be read,
and the next notice counts them.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.faults.client import API
from tests.faults.conftest import Install
from tests.faults.crowd import Crowd
from tests.faults.figures import Figures
from tests.faults.ledger import Ledger
from tests.faults.oracle import Oracle
from tests.faults.robots import solved, somewhere
from tests.faults.site import Site

pytestmark = pytest.mark.faults
CREATED, BUSY = httpx.codes.CREATED, httpx.codes.SERVICE_UNAVAILABLE
CHILDREN, WITHOUT_PROOF = 20, 5
LONGEST_S, LONGEST_WITHOUT_PROOF_S = 10.0, 60.0
MOST_NOTICES = 5
WARM_S = 3.0
DANGER: dict[str, Any] = {"immediate_danger": True}


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


@dataclass(frozen=True)
class Flood:
    """How long each child waited, the answers to the robots, and the notices to the school."""

    proven: list[float]
    unproven: list[float]
    robots: dict[str, int]
    notices: int


async def report(http: httpx.AsyncClient, desk: Desk, school: str) -> float:
    """Seconds from the first request of a child's device until an officer reads the child's report."""
    mark = f"loi-ke-bia-{uuid4().hex}"
    started = time.monotonic()
    form = {"narrative": f"Em bị bạn đánh ({mark})", "unit_id": school, "proof": await solved(http)} | DANGER
    for pause in range(5):
        await asyncio.sleep(pause)
        if (await http.post(f"{API}/public/intakes", json=form, headers=somewhere())).status_code == CREATED:
            break
    while not await desk.find(mark):
        assert time.monotonic() - started < 6 * LONGEST_S, "never delivered"
        await asyncio.sleep(0.1)
    return time.monotonic() - started


async def report_without_proof(http: httpx.AsyncClient, staff: httpx.AsyncClient, oracle: Oracle, school: str) -> float:
    """The same of a device that solves nothing: put off, and read in the robots' lane once it has a receipt."""
    mark = f"loi-ke-bia-{uuid4().hex}"
    started = time.monotonic()
    form = {"narrative": f"Em bị bạn đánh ({mark})", "unit_id": school} | DANGER
    while (answer := await http.post(f"{API}/public/intakes", json=form, headers=somewhere())).status_code != CREATED:
        assert answer.status_code == BUSY, answer.text
        await asyncio.sleep(int(answer.headers["Retry-After"]))
    digest = oracle.site.receipt_digest(answer.json()["receipt"])
    ((intake, lane),) = oracle.rows(f"SELECT id, lane FROM intake WHERE receipt_digest = '{digest}'")  # noqa: S608 — hexadecimal
    read = (await staff.get(f"{API}/intakes/{UUID(str(intake))}")).json()
    assert mark in str(read["content"])
    assert lane == "unproven"
    return time.monotonic() - started


async def flooded(site: Site, oracle: Oracle, token: str) -> Flood:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=site.address, timeout=180, headers=headers) as staff:
        school = (await staff.get(f"{API}/auth/me")).json()["unit_id"]
        before = await _notices(staff)
        command = [sys.executable, "-m", "tests.faults.robots", site.address, school]
        robots = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        await asyncio.sleep(WARM_S)
        async with httpx.AsyncClient(base_url=site.address, timeout=180) as child:
            proven, unproven = await asyncio.gather(
                _in_turn(lambda: report(child, Desk(staff), school), CHILDREN),
                _in_turn(lambda: report_without_proof(child, staff, oracle, school), WITHOUT_PROOF),
            )
        assert robots.returncode is None, "the flood was over before the last child had told"
        answered = json.loads((await robots.communicate())[0])
        notices = await _notices(staff)
        await _check_digest(staff, oracle)
    return Flood(proven, unproven, answered, len(notices) - len(before))


async def _in_turn(child: Callable[[], Awaitable[float]], number: int) -> list[float]:
    return [await child() for _ in range(number)]


async def _notices(staff: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await staff.get(f"{API}/notices", params={"limit": "500"})).json()["items"]
    return found


async def _check_digest(staff: httpx.AsyncClient, oracle: Oracle) -> None:
    """The last notice counts every report."""
    await asyncio.to_thread(oracle.await_none, "SELECT count(*) FROM job WHERE kind = 'announce_danger'")
    form = {one["data"]["intakes"] for one in await _notices(staff) if one["kind"] == "immediate_danger"}
    ((waiting,),) = oracle.rows("SELECT count(*) FROM intake WHERE immediate_danger")
    # Not the first of the list: ids cut to the hour lie in no order within it.
    assert waiting in form


def test_a_flood_delays_no_child(engine: str, install: Install, figures: Figures, tmp_path: Path) -> None:
    """A report with a proof is read within ten seconds; one without is delayed, never refused."""
    limits = {
        "ATHD_INTAKE_CALM_PER_HOUR": "20",
        "ATHD_WORKER": "true",
        "ATHD_TRUSTED_PROXIES": '["127.0.0.1"]',
        "ATHD_PUBLIC_RATE_LIMIT_PER_MINUTE": "60",
        "ATHD_REPORT_RATE_LIMIT_PER_MINUTE": "60",
        "ATHD_SIGN_IN_RATE_LIMIT_PER_MINUTE": "60",
    }
    site = install(engine, **limits)
    crowd = Crowd(site, Ledger(tmp_path / "ledger"))
    server = site.serve()
    flood = asyncio.run(flooded(site, Oracle(site), crowd.sign_in()[0]))
    site.kill(server)
    summary = f"robots answered {flood.robots}; {_waits(flood.proven)}; without a proof {_waits(flood.unproven)}"
    figures.record("a flood", engine, f"{summary}; {flood.notices} notices")
    assert max(flood.proven) <= LONGEST_S
    assert max(flood.unproven) <= LONGEST_WITHOUT_PROOF_S
    assert flood.notices <= MOST_NOTICES
    # Requests beyond the database queue get Retry-After; nothing is refused for good.
    assert flood.robots.keys() <= {str(CREATED), str(BUSY)}


def _waits(waited: list[float]) -> str:
    return f"{len(waited)} children read after at most {max(waited):.1f} s (median {statistics.median(waited):.1f} s)"
