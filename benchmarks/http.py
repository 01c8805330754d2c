"""The product with everything on, beside naive baselines with nothing on: one worker each, on one core.

`python -m benchmarks.http [--seconds 8] [--rounds 3] [--check]`: the contestants alternate (A B C A B C ...),
the figures are medians over the rounds, and the goals are ratios within the run. The server under test has a core
to itself; the load and PostgreSQL share the next one, for every contestant alike.
"""

import argparse
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from benchmarks.contestants import Contestant, NaiveDrf, NaiveFastApi, NaiveRows
from benchmarks.load import Result, run_in_process
from benchmarks.machine import Cores, choose_cores, core_ticks, facts, stop_cleanly_on_sigterm
from benchmarks.product import Product
from benchmarks.report import Goal, print_facts, print_goals, print_table
from tests.engines.pinning import pinned
from tests.engines.postgres import Postgres, free_port, postgres

CONTESTANTS: Final[dict[str, Callable[[], Contestant]]] = {
    "product": Product,
    "drf": NaiveDrf,
    "fastapi": NaiveFastApi,
    "rows": NaiveRows,
}
PACKAGES: Final = (
    *("fastapi", "uvicorn", "uvloop", "httptools", "pydantic", "sqlalchemy", "asyncpg"),
    *("django", "djangorestframework", "gunicorn", "psycopg"),
)
HEADER: Final = (
    *("one worker, 16 connections", "req/s", "range", "p50 ms", "p95 ms", "p99 ms"),
    *("bytes", "server core", "other core"),
)
GOALS: Final = (
    ("insert", "drf", 1.0),
    ("insert", "fastapi", 0.4),
    # Of an endpoint that leaves the same rows and nothing else (docs/decisions/0008).
    ("insert", "rows", 0.4),
    ("page", "drf", 1.0),
    ("page", "fastapi", 0.6),
)
START_TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Round:
    result: Result
    server_busy: float
    client_busy: float


@dataclass(slots=True)
class Entry:
    """A contestant that is up, and what was measured of it so far."""

    contestant: Contestant
    port: int
    rounds: dict[str, list[Round]] = field(default_factory=lambda: {"insert": [], "page": []})

    def median_rate(self, what: str) -> float:
        """Requests a second."""
        return statistics.median(one.result.rate for one in self.rounds[what])


@contextmanager
def running(contestant: Contestant, server: Postgres, key: str, core: int | None) -> Iterator[Entry]:
    """The contestant on a fresh database and a free port. Raises RuntimeError with its log if it does not start."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="athd-bench-") as name:
        folder = Path(name)
        with pinned(core):
            process = contestant.start(server.create_database(key), port, folder)
        try:
            _await_port(port, process, folder / "log")
            yield Entry(contestant, port)
        finally:
            _end(process)


def measure(entry: Entry, what: str, seconds: float, cores: Cores) -> Round | None:
    entry.contestant.sign_in(entry.port)
    job = entry.contestant.insert(entry.port) if what == "insert" else entry.contestant.page(entry.port)
    if job is None:
        return None
    before = core_ticks(cores.server), core_ticks(cores.client)
    result = run_in_process(replace(job, seconds=seconds), cores.client)
    after = core_ticks(cores.server), core_ticks(cores.client)
    return Round(result, _share(before[0], after[0]), _share(before[1], after[1]))


def compare(entries: Sequence[Entry], rounds: int, seconds: float, cores: Cores) -> None:
    for _ in range(rounds):
        for what in ("insert", "page"):
            for entry in entries:
                if measured := measure(entry, what, seconds, cores):
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
            *(f"{value:.1f}" for value in latencies),
            f"{statistics.median(r.bytes for r in results):,.0f}",
            f"{statistics.median(one.server_busy for one in rounds):.0%}",
            f"{statistics.median(one.client_busy for one in rounds):.0%}",
        )


def goals(entries: dict[str, Entry]) -> list[Goal]:
    found = []
    for what, rival, bound in GOALS:
        value = None
        if "product" in entries and rival in entries:
            value = entries["product"].median_rate(what) / entries[rival].median_rate(what)
        name = {"insert": "taking in one incident", "page": "a page of 50"}[what]
        found.append(Goal(f"product / naive {rival}: {name}", value, bound, "at least"))
    return found


def _await_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server did not start:\n" + log.read_text(errors="replace")[-3000:])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _share(before: tuple[int, int], after: tuple[int, int]) -> float:
    return (after[0] - before[0]) / max(1, after[1] - before[1])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The product's HTTP rates as ratios to naive baselines.")
    parser.add_argument("--seconds", type=float, default=8.0, help="of every measurement, after 1 s of warming up")
    parser.add_argument("--rounds", type=int, default=3)
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
        compare(list(entries.values()), arguments.rounds, arguments.seconds, cores)
        for what, title in (("insert", "Taking in one incident"), ("page", "Newest 50")):
            print_table(title, HEADER, table_rows(list(entries.values()), what))
        met = print_goals(goals(entries))
    return 1 if arguments.check and not met else 0


if __name__ == "__main__":
    sys.exit(main())
