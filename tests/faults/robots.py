"""Ten thousand robots, in a process of their own: `python -m tests.faults.robots ADDRESS SCHOOL`, counts as JSON.

Their texts are near-equal, one in fifty brings a solved challenge; each comes from another address.
"""

import asyncio
import base64
import hashlib
import json
import random
import sys
from collections import Counter
from contextlib import suppress
from typing import Any

import httpx

from tests.faults.client import API

ROBOTS = 10_000
AT_ONCE = 400
SOLVING = 0.02


async def flood(address: str, school: str) -> Counter[int]:
    """How many answers there were of each status."""
    left, statuses = iter(range(ROBOTS)), Counter[int]()
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=address, timeout=120, limits=limits) as http:

        async def robot() -> None:
            for number in left:
                proof = await solved(http) if random.random() < SOLVING else None
                form: dict[str, Any] = {"narrative": f"Thư rác bịa số {number % 7}", "unit_id": school, "proof": proof}
                form["immediate_danger"] = True
                statuses[await _sent(http, form)] += 1

        await asyncio.gather(*(robot() for _ in range(AT_ONCE)))
    return statuses


async def _sent(http: httpx.AsyncClient, form: dict[str, Any]) -> int:
    """The status of the answer. A line that was closed after a long silence is opened anew."""
    while True:
        with suppress(httpx.TransportError):
            return (await http.post(f"{API}/public/intakes", json=form, headers=somewhere())).status_code


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


if __name__ == "__main__":
    print(json.dumps(asyncio.run(flood(*sys.argv[1:3]))))
