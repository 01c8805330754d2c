"""Power cuts under load, on SQLite: whatever was acknowledged before one is there after it, and the file is whole."""

import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.conftest import SCALE, Install
from tests.faults.crowd import Crowd
from tests.faults.figures import Figures
from tests.faults.ledger import Ledger
from tests.faults.oracle import FOUND, name_of
from tests.faults.power import Disk, Sync, acts, recorded
from tests.faults.site import Site

pytestmark = pytest.mark.faults
CUTS = 200 * SCALE
LYING = 20
FILES = ("athd.db", "athd.db-wal")
LOAD_S = 8.0
VERIFIED = 3


@dataclass(frozen=True)
class Cut:
    """What is found on the disk afterwards, and what had been acknowledged by then, as kind and id."""

    files: dict[str, bytes]
    acknowledged: set[tuple[str, str]]
    in_flight: int


@dataclass(frozen=True)
class Recording:
    """A load on a server, from the files before it on: what was written when, what was acknowledged when."""

    files: dict[str, bytes]
    calls: Path
    ledger: Ledger

    def cuts(self, number: int, *, heeds_syncs: bool = True) -> Iterator[Cut]:
        """The power fails just after one of the writes and syncs, drawn at random."""
        draw, disk = random.Random(number), Disk({n: bytearray(c) for n, c in self.files.items()}, heeds_syncs)
        done = acts(self.calls, FILES)
        last = set(draw.sample(range(len(done)), number))
        for position, act in enumerate(done):
            disk.replay(act)
            if position in last:
                yield Cut(disk.after_a_cut(draw), self.ledger.by(act.at), len(disk.pending))


def record(site: Site, ledger: Ledger, calls: Path) -> Recording:
    crowd = Crowd(site, ledger, clients=4, small_files=True)
    server = site.serve()
    tokens = crowd.sign_in()
    with recorded(server, calls):
        files = {name: (site.directory / "data" / name).read_bytes() for name in FILES}
        with crowd.at_work(tokens):
            time.sleep(LOAD_S)
    site.kill(server)
    return Recording(files, calls, ledger)


def restored(files: dict[str, bytes], folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "athd.db-shm").unlink(missing_ok=True)
    return folder / "athd.db"


def missing(database: Path, acknowledged: set[tuple[str, str]]) -> int:
    """How many acknowledged acts are not there. Raises where the file is not whole."""
    with sqlite3.connect(database) as connection:
        (state,) = connection.execute("PRAGMA integrity_check").fetchone()
        if state != "ok" or connection.execute("PRAGMA foreign_key_check").fetchall():
            raise sqlite3.DatabaseError(state)
        there = {(kind, name_of(row)) for kind, query in FOUND.items() for row in connection.execute(query)}
    connection.close()
    return len(acknowledged - there)


def test_a_power_cut_loses_nothing_acknowledged(install: Install, figures: Figures, tmp_path: Path) -> None:
    site = install("sqlite")
    recording = record(site, Ledger(tmp_path / "ledger"), tmp_path / "calls")
    assert {act.name for act in acts(recording.calls, FILES) if isinstance(act, Sync)} == set(FILES), "no checkpoint"
    lost = in_flight = 0
    for number, cut in enumerate(recording.cuts(CUTS)):
        database = restored(cut.files, tmp_path / "after")
        lost, in_flight = lost + missing(database, cut.acknowledged), in_flight + (cut.in_flight > 0)
        if number < VERIFIED:
            _verify(site, database, tmp_path / f"verified{number}")
    harmed = sum(_is_harmed(cut, tmp_path / "lying") for cut in recording.cuts(LYING, heeds_syncs=False))
    figures.record(
        f"{CUTS} power cuts, {in_flight} of them with writes in flight",
        "sqlite",
        f"{len(recording.ledger.acknowledged)} acknowledged in all, {lost} lost, every file whole;"
        f" with a disk that lies about syncs {harmed} of {LYING} lost or broken",
    )
    assert lost == 0
    assert in_flight > CUTS / 2
    assert harmed > 0, "the draw is too kind"


def _is_harmed(cut: Cut, folder: Path) -> bool:
    try:
        return missing(restored(cut.files, folder), cut.acknowledged) > 0
    except sqlite3.DatabaseError:
        return True


def _verify(site: Site, database: Path, directory: Path) -> None:
    """The log of such a disk is whole, by the operator's own command."""
    shutil.copytree(site.directory / "data", directory / "data")
    shutil.copy(database, directory / "data" / "athd.db")
    for name in ("athd.db-wal", "athd.db-shm"):
        (directory / "data" / name).unlink(missing_ok=True)
    copy = Site(directory, None, site.nursery, {"ATHD_SECRETS_DIR": str(site.directory / "secrets")})
    (directory / "tmp").mkdir()
    assert "whole" in copy.athd("audit", "verify")
