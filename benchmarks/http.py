"""The product with everything on, beside naive baselines with nothing on: one worker each, on one core.

`python -m benchmarks.http [--seconds 6] [--rounds 5] [--check]`: the contestants alternate (A B C A B C ...),
the figures are medians over the rounds, and the goals are ratios of the medians of one run. The server under test has
a core to itself; the load and PostgreSQL share the next one, for every contestant alike. Goals compare requests a
second with the baselines that leave the same rows; on a machine with other work, processor time says more.
"""

import argparse
import itertools
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import psycopg

from benchmarks.contestants import (
    Contestant,
    NaiveDrf,
    NaiveDrfRows,
    NaiveFastApi,
    NaiveRows,
    await_port,
    end,
)
from benchmarks.load import Job, Result, load_process
from benchmarks.machine import Cores, choose_cores, core_ticks, facts, processor_seconds, stop_cleanly_on_sigterm
from benchmarks.product import Product
from benchmarks.report import Ratio, print_facts, print_ratios, print_table
from benchmarks.ten_tables import Left, left_by, same_rows
from tests.engines.pinning import pinned
from tests.engines.postgres import Postgres, free_port, postgres

CONTESTANTS: Final[dict[str, Callable[[], Contestant]]] = {
    "product": Product,
    "rows": NaiveRows,
    "drf_rows": NaiveDrfRows,
    "fastapi": NaiveFastApi,
    "drf": NaiveDrf,
}
SAME_ROWS: Final = ("product", "rows", "drf_rows")
PACKAGES: Final = (
    *("fastapi", "uvicorn", "uvloop", "httptools", "pydantic", "sqlalchemy", "asyncpg"),
    *("django", "djangorestframework", "gunicorn", "psycopg"),
)
HEADER: Final = (
    *("one worker, 16 connections", "req/s", "range", "processor ms", "p50 ms", "p95 ms", "p99 ms"),
    *("bytes", "server core", "other core"),
)
TITLES: Final = {"insert": "Taking in one incident", "page": "Newest 50"}
# None: an indicator. The one-row inserts leave a thirteenth of the rows (docs/decisions/0008).
GOALS: Final = (
    ("insert", "rows", 0.85),
    ("insert", "drf_rows", 1.1),
    ("page", "fastapi", 0.62),
    ("page", "drf", 1.3),
    ("insert", "fastapi", None),
    ("insert", "drf", None),
)


@dataclass(frozen=True, slots=True)
class Round:
    result: Result
    processor_s: float
    server_busy: float
    client_busy: float


@dataclass(slots=True)
class Entry:
    """A contestant that is up, and what was measured of it so far."""

    contestant: Contestant
    port: int
    pg_url: str
    process: int
    rounds: dict[str, list[Round]] = field(default_factory=lambda: {"insert": [], "page": []})

    def median_rate(self, what: str) -> float:
        """Requests a second."""
        return statistics.median(one.result.rate for one in self.rounds[what])

    def median_processor_ms(self, what: str) -> float:
        """Processor time of the server for one request."""
        return 1000 * statistics.median(one.processor_s / one.result.answered for one in self.rounds[what])


@contextmanager
def running(contestant: Contestant, server: Postgres, key: str, core: int | None) -> Iterator[Entry]:
    """The contestant on a fresh database and a free port. Raises RuntimeError with its log if it does not start."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="athd-bench-") as name:
        folder, pg_url = Path(name), server.create_database(key)
        with pinned(core):
            process = contestant.start(pg_url, port, folder)
        try:
            await_port(port, process, folder / "log")
            yield Entry(contestant, port, pg_url, process.pid)
        finally:
            end(process)


def measure(entry: Entry, what: str, seconds: float, cores: Cores, load: Callable[[Job], Result]) -> Round | None:
    entry.contestant.sign_in(entry.port)
    job = entry.contestant.insert(entry.port) if what == "insert" else entry.contestant.page(entry.port)
    if what == "page":
        _analyze(entry.pg_url)
    if job is None:
        return None
    server, client, spent = core_ticks(cores.server), core_ticks(cores.client), processor_seconds(entry.process)
    result = load(replace(job, seconds=seconds))
    spent = processor_seconds(entry.process) - spent
    return Round(result, spent, _share(server, core_ticks(cores.server)), _share(client, core_ticks(cores.client)))


def _analyze(pg_url: str) -> None:
    """As autovacuum does within a minute: without statistics PostgreSQL plans a full table as an empty one."""
    with psycopg.connect(pg_url, autocommit=True) as connection:
        connection.execute("ANALYZE")


def compare(entries: Sequence[Entry], rounds: int, seconds: float, cores: Cores) -> None:
    with load_process(cores.client) as load:
        for _, what, entry in itertools.product(range(rounds), TITLES, entries):
            if measured := measure(entry, what, seconds, cores, load):
                entry.rounds[what].append(measured)


def table_rows(entries: Sequence[Entry], what: str) -> Iterator[tuple[str, ...]]:
    for entry in (each for each in entries if each.rounds[what]):
        rounds = entry.rounds[what]
        results = [one.result for one in rounds]
        rates = sorted(result.rate for result in results)
        latencies = [
            statistics.median(times) for times in zip(*((r.p50_ms, r.p95_ms, r.p99_ms) for r in results), strict=True)
        ]
        yield (
            entry.contestant.name,
            f"{statistics.median(rates):,.0f}",
            f"{rates[0]:,.0f}-{rates[-1]:,.0f}",
            f"{entry.median_processor_ms(what):.2f}",
            *(f"{value:.1f}" for value in latencies),
            f"{statistics.median(r.bytes for r in results):,.0f}",
            f"{statistics.median(one.server_busy for one in rounds):.0%}",
            f"{statistics.median(one.client_busy for one in rounds):.0%}",
        )


def ratios(entries: dict[str, Entry]) -> list[Ratio]:
    found = []
    for what, rival, bound in GOALS:
        name = f"{TITLES[what]}: product / {CONTESTANTS[rival]().name}"
        if "product" not in entries or rival not in entries:
            found.append(Ratio(name, None, None, bound))
            continue
        ours, baseline = entries["product"], entries[rival]
        rate = ours.median_rate(what) / baseline.median_rate(what)
        spent = ours.median_processor_ms(what)
        found.append(Ratio(name, rate, baseline.median_processor_ms(what) / spent if spent else None, bound))
    return found


def compare_rows(entries: dict[str, Entry]) -> bool:
    """Print what one intake leaves of every contestant that claims the same rows; whether they are the same."""
    found: dict[str, Left] = {}
    for entry in (entries[key] for key in SAME_ROWS if key in entries):
        entry.contestant.sign_in(entry.port)
        found[entry.contestant.name] = left_by(entry.contestant.insert(entry.port), entry.pg_url)
    tables = sorted({table for left in found.values() for table in left})
    rows = [(table, *(f"{left.get(table, 0):g}" for left in found.values())) for table in tables]
    print_table("Rows that one intake leaves", ("table", *found), rows)
    return same_rows(found.values())


def _share(before: tuple[int, int], after: tuple[int, int]) -> float:
    return (after[0] - before[0]) / max(1, after[1] - before[1])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The product's HTTP rates as ratios to naive baselines.")
    parser.add_argument("--seconds", type=float, default=6.0, help="of every measurement, after 1 s of warming up")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default=",".join(CONTESTANTS), help="contestants, by commas")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a goal is missed")
    return parser.parse_args()


def main() -> int:
    stop_cleanly_on_sigterm()
    arguments, cores = _arguments(), choose_cores()
    keys: list[str] = arguments.only.split(",")
    with ExitStack() as stack:
        server = stack.enter_context(postgres(core=cores.client))
        where = f"server on core {cores.server}, load and PostgreSQL on core {cores.client}"
        print_facts(facts(PACKAGES, f"PostgreSQL {server.version()}, private: {server.is_private}", where))
        entries = {key: stack.enter_context(running(CONTESTANTS[key](), server, key, cores.server)) for key in keys}
        are_same = compare_rows(entries)
        compare(list(entries.values()), arguments.rounds, arguments.seconds, cores)
        for what, title in TITLES.items():
            print_table(title, HEADER, table_rows(list(entries.values()), what))
        met = print_ratios(ratios(entries))
    if not are_same:
        print("\nThe contestants do not leave the same thirteen rows: the ratios mean nothing.")
    return 1 if arguments.check and not (met and are_same) else 0


if __name__ == "__main__":
    sys.exit(main())
