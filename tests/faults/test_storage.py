"""A full disk and a disk that fails to sync: 503 for writes, reads work, nothing acknowledged is lost, no restart."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.faults.client import API
from tests.faults.conftest import Install, durable_postgres
from tests.faults.crowd import Crowd
from tests.faults.figures import Figures
from tests.faults.ledger import Ledger
from tests.faults.needs import lacking
from tests.faults.oracle import Oracle
from tests.faults.site import Site

pytestmark = pytest.mark.faults
SQLITE_DISK, POSTGRES_DISK = "64m", "320m"
LEFT = 300 * 1024
FULL_S = 8.0


@contextmanager
def small_disk(size: str) -> Iterator[Path]:
    """A file system of its own, in a place that PostgreSQL's account may enter. Says so where none may be mounted."""
    path = Path(tempfile.mkdtemp(prefix="athd-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(path)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        lacking("no file system may be mounted here")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)
        path.rmdir()


def fill(path: Path) -> Path:
    """Leave room for a few writes only, though others write meanwhile."""
    filler = path / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while (room := os.statvfs(path)).f_bavail * room.f_frsize > LEFT:
            file.write(bytes(LEFT // 4))
    return filler


def test_a_full_disk_is_503_and_reads_go_on(install: Install, figures: Figures, tmp_path: Path) -> None:
    with small_disk(SQLITE_DISK) as disk:
        site = install("sqlite", disk / "site")
        oracle, ledger = Oracle(site), Ledger(tmp_path / "ledger")
        crowd = Crowd(site, ledger, small_files=True)
        server = site.serve()
        tokens = crowd.sign_in()
        with crowd.at_work(tokens):
            time.sleep(1)
            filler = fill(disk)
            refused, read = _while_full(site, tokens[0], ledger)
            filler.unlink()
            before = len(ledger.acknowledged)
            time.sleep(2)
            assert len(ledger.acknowledged) > before, "it did not go on once there was room"
        site.kill(server)
        verdict = oracle.judge(ledger)
    figures.record("a full disk", "sqlite", f"{refused} writes refused with 503, {read} reads answered; {verdict}")
    assert verdict.is_clean, verdict


def test_postgresql_on_a_full_disk_loses_nothing(install: Install, figures: Figures, tmp_path: Path) -> None:
    """It refuses what it cannot store, or stops and is restarted once there is space."""
    with small_disk(POSTGRES_DISK) as disk, durable_postgres(disk) as postgres:
        site = install("postgresql", postgres=postgres)
        oracle, ledger = Oracle(site), Ledger(tmp_path / "ledger")
        crowd = Crowd(site, ledger, small_files=True)
        server = site.serve()
        with crowd.at_work(crowd.sign_in()):
            time.sleep(1)
            filler = fill(disk)
            time.sleep(FULL_S)
            at_full, retried = len(ledger.acknowledged), ledger.repeated
            time.sleep(2)
            assert len(ledger.acknowledged) - at_full <= crowd.clients, "the disk was not full"
            filler.unlink()
            if postgres.has_ended:
                postgres.start()
            site.await_ready()
            time.sleep(2)
        site.kill(server)
        verdict = oracle.judge(ledger)
    figures.record("a full disk", "postgresql", f"{at_full} acknowledged before, {retried} acts repeated; {verdict}")
    assert verdict.is_clean, verdict
    assert len(ledger.acknowledged) > at_full
    assert retried > 0


def _while_full(site: Site, token: str, ledger: Ledger) -> tuple[int, int]:
    """How many writes were refused, and how many lists were read meanwhile."""
    refused = read = 0
    headers = {"Authorization": f"Bearer {token}"}
    form = {"source_channel": "in_person", "group": "school_violence", "narrative": "Bịa " * 4000}
    deadline = time.monotonic() + FULL_S
    with httpx.Client(base_url=site.address, headers=headers, timeout=90) as http:
        while time.monotonic() < deadline:
            answer = http.post(f"{API}/intakes", json=form)
            if answer.status_code == httpx.codes.CREATED:
                for kind, member in (("intake", "id"), ("incident", "incident_id")):
                    ledger.acknowledge(uuid4().hex, kind, answer.json()[member])
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                refused += 1
                assert int(answer.headers["Retry-After"]) > 0
                assert http.get(f"{API}/incidents").status_code == httpx.codes.OK
                read += 1
    assert refused
    return refused, read


def test_a_disk_that_fails_to_sync_acknowledges_nothing(install: Install, figures: Figures, tmp_path: Path) -> None:
    """Every fsync(2) fails with EIO, as on a dying disk; a healthy server goes on with the same files."""
    site = install("sqlite")
    oracle, ledger = Oracle(site), Ledger(tmp_path / "ledger")
    crowd = Crowd(site, ledger)
    server = site.serve()
    with crowd.at_work(crowd.sign_in()):
        time.sleep(2)
        with failing_syncs(server):
            time.sleep(1)
            at_failure = len(ledger.acknowledged)
            time.sleep(4)
            assert len(ledger.acknowledged) == at_failure, "it acknowledged what was not on disk"
            site.kill(server)
        server = site.serve()
    site.kill(server)
    verdict = oracle.judge(ledger)
    figures.record("fsync fails", "sqlite", f"{at_failure} acknowledged before; {verdict}")
    assert verdict.is_clean, verdict
    assert len(ledger.acknowledged) > at_failure > 0


@contextmanager
def failing_syncs(server: int) -> Iterator[None]:
    """Says so where processes may not be traced."""
    inject = "inject=fsync,fdatasync:error=EIO"
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", inject, "-p", str(server)]
    if shutil.which("strace") is None:
        lacking("strace is not installed")
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as tracer:
        time.sleep(0.5)
        if tracer.poll() is not None:
            lacking("processes may not be traced here")
        yield
        tracer.kill()
