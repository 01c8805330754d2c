"""Ten thousand robots and twenty children: each child is read within ten seconds, and few notices tell of it."""

import asyncio
import json
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.faults.client import API
from tests.faults.conftest import Install
from tests.faults.crowd import Crowd
from tests.faults.figures import Figures
from tests.faults.ledger import Ledger
from tests.faults.robots import solved, somewhere
from tests.faults.site import Site

pytestmark = pytest.mark.faults
CREATED = httpx.codes.CREATED
CHILDREN = 20
LONGEST_S = 10.0
MOST_NOTICES = 5
WARM_S = 3.0


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
    for pause in range(5):
        await asyncio.sleep(pause)
        if (await http.post(f"{API}/public/intakes", json=told, headers=somewhere())).status_code == CREATED:
            break
    while not await desk.find(mark):
        assert time.monotonic() - started < 6 * LONGEST_S, "never delivered"
        await asyncio.sleep(0.1)
    return time.monotonic() - started


async def told_in_flood(site: Site, token: str) -> tuple[list[float], dict[str, int], int]:
    """How long each child waited, what the robots were answered, and how many notices the school has."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=site.address, timeout=60, headers=headers) as staff:
        school = (await staff.get(f"{API}/auth/me")).json()["unit_id"]
        command = [sys.executable, "-m", "tests.faults.robots", site.address, school]
        robots = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        await asyncio.sleep(WARM_S)
        async with httpx.AsyncClient(base_url=site.address, timeout=60) as child:
            waited = [await tell(child, Desk(staff), school) for _ in range(CHILDREN)]
        assert robots.returncode is None, "the flood was over before the last child had told"
        answered = json.loads((await robots.communicate())[0])
        notices = (await staff.get(f"{API}/notices", params={"limit": "500"})).json()["items"]
    return waited, answered, len(notices)


def test_a_flood_delays_no_child(engine: str, install: Install, figures: Figures, tmp_path: Path) -> None:
    limits = {
        "ATHD_INTAKE_CALM_PER_HOUR": "20",
        "ATHD_WORKER": "true",
        "ATHD_TRUSTED_PROXIES": '["127.0.0.1"]',
        "ATHD_PUBLIC_RATE_LIMIT_PER_MINUTE": "60",
    }
    site = install(engine, **limits)
    crowd = Crowd(site, Ledger(tmp_path / "ledger"))
    server = site.serve()
    token = crowd.sign_in()[0]
    headers = {"Authorization": f"Bearer {token}"}
    query = {"limit": "500"}
    before = len(httpx.get(f"{site.address}{API}/notices", params=query, headers=headers).json()["items"])
    waited, answered, after = asyncio.run(told_in_flood(site, token))
    site.kill(server)
    children = f"{CHILDREN} children read after at most {max(waited):.1f} s (median {statistics.median(waited):.1f} s)"
    figures.tell("a flood", engine, f"robots answered {answered}; {children}; {after - before} notices")
    assert max(waited) <= LONGEST_S
    assert after - before <= MOST_NOTICES
    # What the queue for the database cannot hold is told to come back; nothing is refused for good.
    assert answered.keys() <= {str(CREATED), str(httpx.codes.SERVICE_UNAVAILABLE)}
