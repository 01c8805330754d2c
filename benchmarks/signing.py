"""Commitments of many schools: a campaign opened, classes signed at once, single signatures, and what coverage costs.

`python -m benchmarks.signing [--schools 250] [--seconds 60] [--singles 600]`. PostgreSQL. Whole classes go to two
servers, as an installation on two cores has; the rest is measured in one process with its clients. The baselines do the
same to a copy of the same database, in the same run. A missed goal, a lost or a doubled signature ends it with 1.
"""

import argparse
import asyncio
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx

from benchmarks.machine import facts
from benchmarks.naive_signing import NaiveSigning
from benchmarks.report import Goal, print_facts, print_goals
from benchmarks.signing_data import LEARNERS_OF_A_CLASS, Class, Line, build, classes_of
from benchmarks.signing_load import DONE, PARTIES, WITHOUT_BODY, body_of, servers, sign_classes
from tests.engines.databases import Database, copy_database, create_database, server
from tests.factories.http import API, ok
from tests.world import Client, open_world

CLASSES_AT_ONCE: Final = 2
SINGLES_AT_ONCE: Final = 16
AT_THE_SAME_TIME: Final = 480
READINGS: Final = 21
WATCH_S: Final = 1.0
LOOKED_AT: Final = 50
Act = Callable[[], Awaitable[int]]
BUSY: Final = 503
PATH: Final = f"{API}/commitment-classes"
BARE_OPENING: Final = """
INSERT INTO commitment_obligation (id, org_path, campaign_id, commitment_class_id, class_id, learner_id, party, state,
    state_at, is_void, key_id)
SELECT gen_random_uuid(), e.org_path, c.campaign_id, c.id, c.class_id, e.learner_id, p.party, 'pending', now(), false,
    c.key_id
FROM enrolment e JOIN commitment_class c ON c.class_id = e.class_id, unnest(ARRAY['pupil', 'guardian']) p (party)
WHERE c.campaign_id = $1
"""
BARE_CLASS: Final = """
INSERT INTO commitment_entry (id, org_path, commitment_class_id, class_id, obligation_id, state, way, template_id,
    signed_on, recorded_at, recorded_by, key_id)
SELECT gen_random_uuid(), c.org_path, c.id, c.class_id, o.id, 'signed', 'class_sheet', c.template_id, now(), now(),
    c.id, c.key_id
FROM commitment_obligation o JOIN commitment_class c ON c.id = o.commitment_class_id WHERE c.id = $1
"""
UNEQUAL: Final = """
WITH found AS (
    SELECT commitment_class_id, party, count(*) FILTER (WHERE state <> 'void') AS owed,
        count(*) FILTER (WHERE state IN ('signed', 'refused', 'not_reached', 'not_required')) AS settled,
        count(*) FILTER (WHERE state = 'signed') AS signed
    FROM commitment_obligation WHERE commitment_class_id = ANY($1) GROUP BY commitment_class_id, party)
SELECT count(*) FROM (SELECT * FROM commitment_count WHERE commitment_class_id = ANY($1)) c
    FULL JOIN found f USING (commitment_class_id, party)
WHERE (c.owed, c.settled, c.signed) IS DISTINCT FROM (f.owed, f.settled, f.signed)
"""
RECORDED: Final = """
SELECT count(*), count(DISTINCT obligation_id) FROM commitment_entry e
JOIN commitment_class c ON c.id = e.commitment_class_id WHERE c.campaign_id = $1 AND e.withdrawn_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Signed:
    """Signatures that were answered, in so many seconds, and how long a request took, in milliseconds."""

    signatures: int
    seconds: float
    p95_ms: float

    @property
    def rate(self) -> float:
        return self.signatures / self.seconds


async def adopt_all(line: Line) -> float:
    """Seconds in which every school, one after another, puts its classes into the campaign."""
    began = time.perf_counter()
    for head in line.heads.values():
        line.world.renew(head)
        ok(await head.post(f"{API}/commitment-campaigns/{line.campaign_id}/adoption"))
    return time.perf_counter() - began


async def bare_opening(url: str, line: Line) -> float:
    """Seconds of one INSERT … SELECT of the same obligations into the same table."""
    connection = await asyncpg.connect(url)
    await connection.execute("TRUNCATE commitment_obligation CASCADE")
    began = time.perf_counter()
    await connection.execute(BARE_OPENING, line.campaign_id)
    took = time.perf_counter() - began
    await connection.close()
    return took


async def timed(acts: Iterable[Act], at_once: int, seconds: float) -> Signed:
    """Do acts, so many at once, until the time is over. Each says how many signatures it recorded."""
    waiting, taken = iter(acts), list[tuple[int, float]]()
    began = time.perf_counter()

    async def work() -> None:
        for act in waiting:
            started = time.perf_counter()
            if started - began > seconds:
                return
            recorded = await act()
            taken.append((recorded, (time.perf_counter() - started) * 1000))

    await asyncio.gather(*(work() for _ in range(at_once)))
    p95 = statistics.quantiles([each for _, each in taken], n=20)[-1]
    return Signed(sum(each for each, _ in taken), time.perf_counter() - began, p95)


async def sign(client: Client, key: object, rows: Sequence[dict[str, str]]) -> int:
    done = await post(client, key, rows)
    if done.status_code != DONE:
        raise RuntimeError(f"a signature was refused: {done.status_code} {done.text[:300]}")
    return len(rows)


async def post(client: Client, key: object, rows: Sequence[dict[str, str]]) -> httpx.Response:
    return await client.post(f"{PATH}/{key}/signatures", body_of(rows), headers=WITHOUT_BODY)


def single_acts(classes: Sequence[Class]) -> Iterable[Act]:
    """One signature of one class after another: those that meet are of different classes, as guardians are."""
    most = max(len(each.learners) for each in classes)
    for at, party, each in itertools.product(range(most), PARTIES, classes):
        rows = [{"learner_id": each.learners[at], "party": party, "state": "signed"}]
        yield partial(sign, each.head, each.id, rows)


async def bare_classes(url: str, classes: Sequence[Class], seconds: float) -> Signed:
    """The entries of whole classes alone, one INSERT and one commit for each, by as many connections."""
    pool = await asyncpg.create_pool(url, min_size=CLASSES_AT_ONCE, max_size=CLASSES_AT_ONCE)

    async def insert(each: Class) -> int:
        done = await pool.execute(BARE_CLASS, each.id)
        return int(done.split()[-1])

    try:
        return await timed((partial(insert, each) for each in classes), CLASSES_AT_ONCE, seconds)
    finally:
        await pool.close()


async def unequal(line: Line, classes: Sequence[Class]) -> int:
    """The counters of some classes that differ from their rows, in one snapshot."""
    connection = await asyncpg.connect(line.url)
    try:
        return int(await connection.fetchval(UNEQUAL, [each.id for each in classes]))
    finally:
        await connection.close()


async def watched(line: Line, classes: Sequence[Class], act: Awaitable[Signed]) -> tuple[Signed, int]:
    """What comes of signing classes, and how many counters differed from their rows whenever somebody looked.

    Meanwhile some are looked at, others each time: a look at all would take a core from what is measured.
    """
    signing, found = asyncio.ensure_future(act), 0
    while not signing.done():
        found += await unequal(line, random.sample(classes, min(LOOKED_AT, len(classes))))
        await asyncio.wait([signing], timeout=WATCH_S)
    return await signing, found + await unequal(line, classes)


async def coverage_ms(line: Line, a_class: Class) -> float:
    """The slowest median of the readings of coverage: above the schools, of a school, of a class."""
    director = await line.world.client("so.head")
    campaign = {"campaign_id": str(line.campaign_id), "limit": 50}
    ways: list[tuple[str, Client, str, dict[str, Any]]] = [
        ("department", director, f"{API}/commitment-campaigns/{line.campaign_id}/board", {}),
        ("school", a_class.head, PATH, campaign),
        ("class", a_class.head, f"{PATH}/{a_class.id}", {}),
    ]
    medians = list[float]()
    for name, client, path, params in ways:
        times = list[float]()
        for _ in range(READINGS):
            line.world.renew(client)
            began = time.perf_counter()
            ok(await client.get(path, params=params))
            times.append((time.perf_counter() - began) * 1000)
        medians.append(statistics.median(times))
        print(f"- coverage of a {name}: {medians[-1]:.1f} ms")
    return max(medians)


async def entries_of_one(line: Line, a_class: Class) -> int:
    """The entries that come of many signatures of one obligation at once. Who waits too long is asked to try again."""
    before = await recorded(line)
    row = {"learner_id": a_class.learners[-1], "party": PARTIES[-1], "state": "signed"}
    posts = (post(a_class.head, a_class.id, [row]) for _ in range(AT_THE_SAME_TIME))
    answers = Counter(each.status_code for each in await asyncio.gather(*posts))
    print(f"- one obligation, {AT_THE_SAME_TIME} times at once: {answers[DONE]} recorded, {answers[BUSY]} busy")
    if not answers[DONE] or answers.total() > answers[DONE] + answers[BUSY]:
        raise RuntimeError(f"a signature was refused: {answers}")
    return (await recorded(line))[0] - before[0]


async def recorded(line: Line) -> tuple[int, int]:
    """The entries that stand, and the obligations that they are of."""
    connection = await asyncpg.connect(line.url)
    entries, obligations = await connection.fetchrow(RECORDED, line.campaign_id)
    await connection.close()
    return int(entries), int(obligations)


async def lost_or_doubled(line: Line, answered: int) -> int:
    entries, obligations = await recorded(line)
    return abs(entries - answered) + entries - obligations


def single_naive(client: httpx.AsyncClient, classes: Sequence[Class]) -> Iterable[Act]:
    async def post(key: object, learner: str, party: str) -> int:
        body = {"learner_id": learner, "party": party}
        (await client.post(f"/classes/{key}/signatures", json=body)).raise_for_status()
        return 1

    for at, party, each in itertools.product(range(LEARNERS_OF_A_CLASS), PARTIES, classes):
        yield partial(post, each.id, each.learners[at], party)


async def opening(line: Line, url: str, took: float) -> Goal:
    bare = await bare_opening(url, line)
    print(f"- a campaign opened for {line.learners} learners: {took:.1f} s; bare INSERT … SELECT: {bare:.1f} s")
    return Goal("opening / bare INSERT … SELECT", took / bare, 2.0, "at most")


async def of_classes(line: Line, database: Database, folder: Path, classes: Sequence[Class], seconds: float) -> Signed:
    """Whole classes, sent to the servers."""
    with servers(line, database, folder) as ports:
        line.renew()
        found = await sign_classes(ports, PATH, classes, seconds)
    rows = LEARNERS_OF_A_CLASS * len(PARTIES)
    rate = sum(each.rate for each in found) * rows
    # The rate leaves the first seconds out; what was signed in them is signed.
    answered = sum(each.answered for each in found) * rows
    return Signed(answered, answered / rate, max(each.p95_ms for each in found))


async def signing(line: Line, database: Database, url: str, folder: Path, seconds: float, singles: float) -> list[Goal]:
    """Whole classes, then single signatures; each beside its baseline on the copy at `url`, measured after it."""
    classes = await classes_of(line)
    middle = len(classes) // 2
    together, apart = classes[:middle], classes[middle:]
    by_class, differing = await watched(line, together, of_classes(line, database, folder, together, seconds))
    bare = await bare_classes(url, together, seconds)
    print(f"- classes: {by_class.rate:,.0f} signatures/s, p95 {by_class.p95_ms:.0f} ms; bare: {bare.rate:,.0f}/s")
    print(f"- indicator: class batches / bare INSERT: {by_class.rate / bare.rate:.2f}")
    line.renew()
    single, differing_singles = await watched(line, apart, timed(single_acts(apart), SINGLES_AT_ONCE, singles))
    async with NaiveSigning(url, SINGLES_AT_ONCE).client() as client:
        naive = await timed(single_naive(client, apart), SINGLES_AT_ONCE, singles)
    print(f"- singles: {single.rate:,.0f}/s for {single.seconds:.0f} s; FastAPI + ORM: {naive.rate:,.0f}/s")
    line.renew()
    entries = await entries_of_one(line, apart[-1])
    wrong = await lost_or_doubled(line, by_class.signatures + single.signatures + entries)
    return [
        Goal("class batches", by_class.rate, 10_000, "at least", " signatures/s"),
        Goal("p95 of a class", by_class.p95_ms, 80, "at most", " ms"),
        Goal("single signatures", single.rate, 500, "at least", "/s"),
        Goal("single signatures / FastAPI + ORM", single.rate / naive.rate, 0.5, "at least"),
        Goal("coverage", await coverage_ms(line, classes[0]), 50, "at most", " ms"),
        Goal(f"entries of one obligation, signed {AT_THE_SAME_TIME} times at once", entries, 1, "at most"),
        Goal("lost or doubled", wrong, 0, "at most"),
        Goal("counters that differed from their rows", differing + differing_singles, 0, "at most"),
    ]


async def run(schools: int, seconds: float, singles: float) -> bool:
    with server() as running, tempfile.TemporaryDirectory() as folder:
        database = create_database(running, "signing")
        async with open_world(Path(folder), database) as world:
            world.http.event_hooks = {}
            world.app.state.authenticator = world.cached_authenticator()
            line = await build(world, database.admin_url, schools)
            took = await adopt_all(line)
            await world.runtime.close()
            copies = [copy_database(running, database, label).admin_url for label in ("opened", "signed")]
            goals = [
                await opening(line, copies[0], took),
                *await signing(line, database, copies[1], Path(folder), seconds, singles),
            ]
    return print_goals(goals)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--schools", type=int, default=250)
    parser.add_argument("--seconds", type=float, default=60, help="of whole classes at most")
    parser.add_argument("--singles", type=float, default=600, help="seconds of single signatures at most")
    arguments = parser.parse_args()
    print_facts(facts(("sqlalchemy", "asyncpg", "fastapi")))
    return 0 if asyncio.run(run(arguments.schools, arguments.seconds, arguments.singles)) else 1


if __name__ == "__main__":
    sys.exit(main())
