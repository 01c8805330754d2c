"""What a reader's scope costs in a nation's table, as a ratio to bare SQL for the same rows.

`python -m benchmarks.scope [--incidents 5000000] [--check]`. Every way of asking must give the same answer before it
is timed; the ways alternate, and a figure is the median of the turns. Nothing is pinned: PostgreSQL may use workers.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Final

from benchmarks.machine import facts, stop_cleanly_on_sigterm
from benchmarks.report import Goal, print_facts, print_goals, print_table
from benchmarks.scope_data import Size, build, sizes
from benchmarks.scope_product import ProductQueries
from benchmarks.scope_readers import ROLLUPS, BareSql, Query, Reader, RowSecurity, Runner, find_readers
from tests.engines.postgres import create_role, postgres

RUNNERS: Final[dict[str, Callable[[Size], Runner]]] = {
    "bare": lambda _: BareSql(),
    "rls": lambda _: RowSecurity(),
    "product": ProductQueries,
}
BASELINE: Final = "bare"
PAGE_GOAL: Final = 2.0
ROLLUP_GOAL_MS: Final = 50.0
WARM_TURNS: Final = 3
SERVER_SETTINGS: Final = {
    "shared_buffers": "1GB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "16GB",
    "autovacuum": "off",  # the table is vacuumed and analysed once, before the first turn
}

Cell = tuple[str, Query]
Figures = dict[Cell, dict[str, float]]


async def measure(runners: dict[str, Runner], readers: Sequence[Reader], turns: int, budget_s: float) -> Figures:
    """Median milliseconds of each way of asking, by (level, query)."""
    figures: Figures = {}
    for reader in readers:
        for query in Query:
            await _compare_answers(runners, reader, query)
            samples = await _alternate(runners, reader, query, turns, budget_s)
            figures[reader.level, query] = {key: statistics.median(times) for key, times in samples.items()}
    return figures


async def _compare_answers(runners: dict[str, Runner], reader: Reader, query: Query) -> None:
    expected = await runners[BASELINE].run(reader, query)
    for key, runner in runners.items():
        for _ in range(WARM_TURNS):
            if await runner.run(reader, query) != expected:
                raise RuntimeError(f"{key} gives another answer than {BASELINE}: {reader.level}, {query}")


async def _alternate(
    runners: dict[str, Runner], reader: Reader, query: Query, turns: int, budget_s: float
) -> dict[str, list[float]]:
    samples: dict[str, list[float]] = {key: [] for key in runners}
    until = time.perf_counter() + budget_s
    for turn in range(turns):
        if turn >= 5 and time.perf_counter() > until:
            break
        for key, runner in runners.items():
            began = time.perf_counter()
            await runner.run(reader, query)
            samples[key].append((time.perf_counter() - began) * 1000)
    return samples


def goals(figures: Figures, key: str) -> list[Goal]:
    """Pages as a ratio to bare SQL, of the worst level; the roll-up in milliseconds of the largest level it is for."""
    ratios = [figure[key] / figure[BASELINE] for (_, query), figure in figures.items() if query not in ROLLUPS]
    province = figures["province", Query.COUNTS][key]
    return [
        Goal(f"{key} / bare SQL: the worst page of 50", max(ratios), PAGE_GOAL, "at most"),
        Goal(f"{key}: a province's roll-up", province, ROLLUP_GOAL_MS, "at most", " ms"),
    ]


def _print_figures(figures: Figures, readers: Sequence[Reader], runners: dict[str, Runner]) -> None:
    rivals = [key for key in runners if key != BASELINE]
    header = ["reader: query", f"{BASELINE} ms", *(text for key in rivals for text in (f"{key} ms", "ratio"))]
    rows = []
    for (level, query), figure in figures.items():
        cells = [text for key in rivals for text in (f"{figure[key]:.2f}", f"{figure[key] / figure[BASELINE]:.2f}")]
        rows.append([f"{level}: {query}", f"{figure[BASELINE]:.2f}", *cells])
    reach = ", ".join(f"{reader.level} {reader.rows:,}" for reader in readers)
    print_table(f"Median milliseconds; rows in reach: {reach}", header, rows)


async def _compare(
    size: Size, owner_url: str, reader_url: str, keys: Sequence[str], turns: int, budget_s: float
) -> bool:
    readers = await find_readers(owner_url)
    async with AsyncExitStack() as stack:
        runners: dict[str, Runner] = {}
        for key in dict.fromkeys([BASELINE, *keys]):
            runners[key] = RUNNERS[key](size)
            await runners[key].open(owner_url, reader_url)
            stack.push_async_callback(runners[key].close)
        figures = await measure(runners, readers, turns, budget_s)
        _print_figures(figures, readers, runners)
        judged = "product" if "product" in runners else next((key for key in runners if key != BASELINE), BASELINE)
        return print_goals(goals(figures, judged))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Pages and roll-ups in scope, as ratios to bare SQL.")
    for name, default in Size().parameters().items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--runners", default=",".join(RUNNERS), help="ways of asking, by commas")
    parser.add_argument("--turns", type=int, default=60, help="at most, for each figure")
    parser.add_argument("--budget-seconds", type=float, default=8.0, help="for each figure, after five turns")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a goal is missed")
    return parser.parse_args()


def main() -> int:
    stop_cleanly_on_sigterm()
    given = _arguments()
    size = Size(given.incidents, given.schools, given.communes, given.provinces)
    with postgres(settings=SERVER_SETTINGS) as server:
        print_facts(facts(("asyncpg", "sqlalchemy"), f"PostgreSQL {server.version()}, private: {server.is_private}"))
        url = server.create_database("scope")
        reader_url = create_role(url, "reader")
        took = build(url, size, reader_url)
        print_facts([sizes(url), "built in " + ", ".join(f"{step} {seconds:.1f} s" for step, seconds in took.items())])
        met = asyncio.run(_compare(size, url, reader_url, given.runners.split(","), given.turns, given.budget_seconds))
    return 1 if given.check and not met else 0


if __name__ == "__main__":
    sys.exit(main())
