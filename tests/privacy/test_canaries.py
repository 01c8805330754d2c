"""No identifying text is stored in a file, table, log or backup, and the search does find planted plaintext.

All of it invented.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import structlog

from tests.factories.canaries import Canaries, create_full_incident, dump_database
from tests.factories.http import API, list_ids, ok
from tests.factories.units import StaffedUnit, create_unit
from tests.province import PASSWORD
from tests.world import World

# Homes of test runs and of their servers, on a machine that many share; this run's own are searched by name.
OTHERS = ("pytest-of-", "athd-bench-pg-")


async def a_stranger(world: World, school: StaffedUnit, plant: Canaries) -> None:
    """What somebody without an account leaves on the way: browser, address, page, key, receipt, a later message."""
    headers = {
        "User-Agent": plant(),
        "X-Forwarded-For": plant.address(),
        "Forwarded": f"for={plant.address()}",
        "Referer": f"https://{plant()}.example.vn/",
        "X-Request-ID": plant(),
        "Idempotency-Key": plant.token(uuid4().hex),
    }
    form: dict[str, Any] = {"unit_id": str(school.id), "narrative": plant(), "school_name": plant()}
    form["immediate_danger"] = True
    form |= {"informant": {"consent": True, "name": plant(), "phone": plant.phone()}}
    before = await list_ids(school.head, "intakes")
    receipt = plant.token(
        ok(await world.anonymous.post(f"{API}/public/intakes", form, headers=headers), 201)["receipt"]
    )
    message = {"receipt": receipt, "text": plant()}
    ok(await world.anonymous.post(f"{API}/public/receipts/messages", message, headers=headers), 201)
    (intake_id,) = await list_ids(school.head, "intakes") - before
    ok(await school.head.post(f"{API}/intakes/{intake_id}/messages", {"text": plant()}), 201)


async def a_sign_in(world: World, plant: Canaries) -> None:
    body = {"username": "a1.head", "password": PASSWORD}
    answer = ok(await world.anonymous.post(f"{API}/auth/sign-in", body, headers={"X-Forwarded-For": plant.address()}))
    plant.token(answer["access_token"])
    plant.token(answer["refresh_token"])


# The clock of files lags behind that of the process.
TICK_S = 1.0


def places(world: World, since: float) -> Iterator[Path]:
    """The data directory with its write-ahead log and objects, PostgreSQL's files and log, and what is temporary."""
    yield from _below(Path(world.runtime.settings.data_dir))
    for folder in (tempfile.gettempdir(), "/var/tmp", "/dev/shm"):  # noqa: S108 — searched, not used
        yield from (file for file in _below(Path(folder)) if _changed(file) >= since - TICK_S)
    yield from Path("/proc/self/fd").glob("*")
    if world.database is not None:
        with psycopg.connect(world.database.admin_url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            row = connection.execute("SHOW data_directory").fetchone()
        data = Path(str(row[0] if row else ""))
        yield from (*_below(data), data.parent / "log")


def _below(folder: Path) -> Iterator[Path]:
    """Every file; what others remove meanwhile is no error."""
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(OTHERS)]
        yield from (Path(at) / name for name in names)


def _changed(file: Path) -> float:
    try:
        return file.lstat().st_mtime
    except OSError:
        return 0.0


def contents(world: World, into: Path, since: float) -> Iterator[bytes]:
    yield from dump_database(world, into)
    for file in places(world, since):
        with suppress(OSError):
            if file.is_file():
                yield file.read_bytes()


def searched(world: World, plant: Canaries, into: Path, since: float, known: UUID) -> tuple[set[bytes], int]:
    """What of the plant lies anywhere, and in how many places an id does that is no secret."""
    hits, controls, forms = set[bytes](), 0, (str(known).encode(), known.bytes, known.hex.encode())
    for content in contents(world, into, since):
        hits |= plant.found(content)
        controls += any(form in content for form in forms)
    return hits, controls


async def test_a_thousand_planted_values_lie_nowhere(
    world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plant, school, since = Canaries(), await create_unit(world), time.time()
    while not plant.is_enough:
        await create_full_incident(school, plant)
        await a_stranger(world, school, plant)
        await a_sign_in(world, plant)
    logged = capsys.readouterr()
    hits = plant.found((logged.out + logged.err).encode())
    assert "/api/v1/intakes/informant-search" in logged.out + logged.err
    lying, controls = await asyncio.to_thread(searched, world, plant, tmp_path / "copy.db", since, school.id)
    assert hits | lying == set()
    assert controls >= 2, "the search finds what does lie there: in the files and in the backup"


async def test_the_search_would_find_a_word_wherever_it_leaked(
    world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plant, since = Canaries(), time.time()
    leaks = {
        name: Canaries(run=plant.run)._word(number) for number, name in enumerate(("log", "file", "data", "server"))
    }
    structlog.get_logger().info("control", word=leaks["log"])
    logged = capsys.readouterr()
    with tempfile.TemporaryDirectory() as folder:
        deep = Path(folder) / "a" / "b"
        deep.mkdir(parents=True)
        (deep / "spooled").write_text(leaks["file"])
        left = Path(world.runtime.settings.data_dir) / "objects" / "left"
        left.write_text(f"{leaks['data']} {plant.phone()[3:]}")
        if world.database is not None:
            with psycopg.connect(world.database.admin_url, autocommit=True) as connection:
                connection.execute(f"DO $$ BEGIN RAISE LOG '{leaks['server']}'; END $$".encode())
        found, _ = await asyncio.to_thread(searched, world, plant, tmp_path / "copy.db", since, uuid4())
        left.unlink()
    found |= plant.found((logged.out + logged.err).encode())
    expected = {word for name, word in leaks.items() if name != "server" or world.database is not None}
    assert {each.decode() for each in found} == expected | {number[2:] for number in plant.phones}
