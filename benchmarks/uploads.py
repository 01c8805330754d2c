"""Uploads of learners against `\\copy` of the same rows into the same tables, and what other requests notice of them.

`python -m benchmarks.uploads [--rows 1000000]`. The worker is a process of its own, whose time and memory are measured;
the database waits for no disk, for the upload and the copy alike. The school has two thousand learners before, and the
database its statistics, as an installation in use has them. A missed goal ends it with 1.
"""

import argparse
import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from app.core.time import utc_now
from benchmarks.machine import facts
from benchmarks.report import Goal, print_facts, print_goals
from benchmarks.upload_copies import analyse, copy_in, copy_plain, dump, execute_many
from benchmarks.upload_files import FLAWED, classes, lines, write_csv, write_flawed_workbook
from benchmarks.upload_worker import Worked, in_process
from tests.engines.databases import Database, copy_database, create_database, server
from tests.factories.http import ok
from tests.factories.school_years import YEAR
from tests.factories.units import StaffedUnit, create_unit
from tests.factories.uploads import UPLOADS_PATH, upload
from tests.world import Client, World, open_world, settings_for

T = TypeVar("T")
CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What the school has before.
FIRST: Final = 2_000
FIRST_NUMBER: Final = 500_000_000
PIECE: Final = 256 * 1024
LEARNERS_PATH: Final = "/api/v1/learners"
WORKBOOK_ROWS: Final = 100_000
SQLITE_ROWS: Final = 100_000
READINGS: Final = 100
PAUSE_S: Final = 0.05
RATIO, RATIO_AGAIN, RATIO_SQLITE, RATIO_P95 = 2.0, 1.3, 2.0, 1.3
MEMORY_MB: Final = 250.0


@dataclass(frozen=True, slots=True)
class Uploaded:
    seconds: float
    worked: Worked
    shown: dict[str, Any]

    @property
    def said(self) -> str:
        received, worked = self.seconds - self.worked.seconds, self.worked
        fates = {name: number for name, number in self.shown["rows"].items() if number}
        return (
            f"{self.seconds:.1f} s, of which {received:.1f} s to receive it; processor time of the worker"
            f" {worked.processor:.1f} s, memory {worked.peak_mb:.0f} MB; {self.shown['state']}, {fates}"
        )


class Bench:
    """A school that uploads, and another one that works meanwhile."""

    def __init__(self, world: World, directory: Path, school: StaffedUnit) -> None:
        self.world = world
        self.directory = directory
        self.school = school

    async def upload(self, file: Path, content_type: str = CSV, **asked: str) -> Uploaded:
        """The file, received and applied; released where it waits for a person."""
        self.world.renew(self.school.officer)
        began = time.perf_counter()
        params = {"dataset": "learners", "school_year": YEAR, **asked}
        headers = {"Content-Type": content_type}
        sent = await self.school.officer.call(
            "POST", UPLOADS_PATH, content=_pieces(file), params=params, headers=headers
        )
        path = f"{UPLOADS_PATH}/{ok(sent, 202)['id']}"
        received = time.perf_counter() - began
        worked = await self._work_off()
        self.world.renew(self.school.officer)
        shown: dict[str, Any] = ok(await self.school.officer.get(path))
        return Uploaded(received + worked.seconds, worked, shown)

    async def _work_off(self) -> Worked:
        # A file with few known learners would wait for a person.
        released = {"upload_known_share": 0.0}
        return await in_process(settings_for(self.directory, self.world.database).model_copy(update=released))


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece


@asynccontextmanager
async def opened(folder: Path, database: Database | None, rows: int) -> AsyncIterator[Bench]:
    """A school with its classes and its first learners."""
    async with open_world(folder, database) as world:
        school = await create_unit(world)
        await upload(school.officer, classes(rows), "classes")
        await upload(school.officer, "".join(lines(FIRST, FIRST_NUMBER)).encode(), "learners")
        yield Bench(world, folder, school)


async def read_while(client: Client, act: Awaitable[T]) -> tuple[T, float]:
    """What comes of an act, and the 95th percentile of another's requests meanwhile, in milliseconds."""
    times, acting = list[float](), asyncio.ensure_future(act)
    while not acting.done():
        client.world.renew(client)
        began = time.perf_counter()
        ok(await client.get(LEARNERS_PATH, params={"limit": 50}))
        times.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(PAUSE_S)
    return await acting, statistics.quantiles(times, n=20)[-1]


async def on_postgresql(rows: int, folder: Path) -> list[Goal]:
    file, dumped = folder / "learners.csv", folder / "dumped"
    dumped.mkdir()
    write_csv(file, rows)
    with server() as running:
        database = create_database(running, "uploads")
        async with opened(folder / "postgresql", database, rows) as bench:
            await bench.world.runtime.close()
            await analyse(database.admin_url)
            before = copy_database(running, database, "copied")
            since = utc_now()
            first = await bench.upload(file)
            print(f"- {rows} learners: {first.said}")
            count = await dump(database.admin_url, since, dumped)
            copied, plain = await copy_in(before.admin_url, dumped), await copy_plain(before.admin_url, file)
            print(
                f"- \\copy of the same {count} rows into the same tables: {copied:.1f} s; into one table: {plain:.1f} s"
            )
            again = await bench.upload(file)
            print(f"- the same file again: {again.said}")
            p95 = await _p95(bench, folder)
            await _flawed(bench, folder, min(rows, WORKBOOK_ROWS))
    print(f"- indicator: upload / \\copy of the file into one table: {first.seconds / plain:.1f}")
    return [
        Goal("upload / \\copy", first.seconds / copied, RATIO, "at most"),
        Goal("the same file again / \\copy", again.seconds / copied, RATIO_AGAIN, "at most"),
        Goal("memory of the worker", max(first.worked.peak_mb, again.worked.peak_mb), MEMORY_MB, "at most", " MB"),
        Goal("p95 of other requests / without an upload", p95, RATIO_P95, "at most"),
    ]


async def _p95(bench: Bench, folder: Path) -> float:
    """Of another school's list, while a file of twenty thousand rows is checked, over the same without."""
    file, other = folder / "meanwhile.csv", await create_unit(bench.world)
    write_csv(file, 20_000)
    await other.officer.get(LEARNERS_PATH)
    _, alone = await read_while(other.officer, asyncio.sleep(READINGS * PAUSE_S))
    _, busy = await read_while(other.officer, bench.upload(file, dry_run="true"))
    print(f"- p95 of other requests: {alone:.1f} ms without an upload, {busy:.1f} ms with one")
    return busy / alone


async def _flawed(bench: Bench, folder: Path, rows: int) -> None:
    book = folder / "flawed.xlsx"
    write_flawed_workbook(book, rows)
    done = await bench.upload(book, XLSX, dry_run="true")
    print(f"- a workbook of {rows} rows, an error in every tenth: {done.said}")
    if done.shown["rows"]["refused"] != rows // FLAWED:
        raise RuntimeError("an error was not reported")


async def on_sqlite(rows: int, folder: Path) -> list[Goal]:
    file, place = folder / "fewer.csv", folder / "sqlite"
    write_csv(file, rows)
    async with opened(place, None, rows) as bench:
        await bench.world.runtime.close()
        (original,) = (place / "data").glob("*.db")
        before = folder / "before.db"
        shutil.copy(original, before)
        since = utc_now()
        first = await bench.upload(file)
        print(f"- SQLite, {rows} learners: {first.said}")
        await bench.world.runtime.close()
        raw = await asyncio.to_thread(execute_many, original, before, since)
        print(f"- raw executemany of the same rows: {raw:.1f} s")
    return [Goal("SQLite: upload / raw executemany", first.seconds / raw, RATIO_SQLITE, "at most")]


async def run(rows: int) -> bool:
    with tempfile.TemporaryDirectory() as name:
        goals = await on_postgresql(rows, Path(name))
        goals += await on_sqlite(min(rows, SQLITE_ROWS), Path(name))
    return print_goals(goals)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    arguments = parser.parse_args()
    print_facts(facts(("sqlalchemy", "asyncpg", "cryptography")))
    return 0 if asyncio.run(run(arguments.rows)) else 1


if __name__ == "__main__":
    sys.exit(main())
