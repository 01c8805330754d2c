"""The contestants of the HTTP comparison, and how each starts."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import psycopg

from benchmarks import naive_table
from benchmarks.load import Job
from benchmarks.ten_tables import create_tables

PROJECT: Final = Path(__file__).parent.parent
GUNICORN_THREADS: Final = 8
START_TIMEOUT_S: Final = 30.0


class Contestant(Protocol):
    """A server with two operations: insert one incident, list a page of the newest 50."""

    @property
    def name(self) -> str: ...

    def start(self, pg_url: str, port: int, folder: Path) -> subprocess.Popen[bytes]:
        """Prepare the empty database at `pg_url` (a superuser's `postgresql://` address), and start one worker.

        `folder` is the contestant's own, empty, and deleted afterwards; its server writes `log` there. The caller has
        pinned itself to the server's core, waits until the port answers, and ends the process.
        """
        ...

    def sign_in(self, port: int) -> None:
        """Called before every round; keeps what `insert` and `page` need."""
        ...

    def insert(self, port: int) -> Job: ...

    def page(self, port: int) -> Job | None:
        """None for a contestant that only inserts."""
        ...


def asyncpg_url(url: str) -> str:
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


def launch(command: list[str], environment: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    """Start a Python module (`command` follows `python -m`) from the project's root, writing to `log` in `folder`."""
    with (folder / "log").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=PROJECT,
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def await_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server did not start:\n" + log.read_text(errors="replace")[-3000:])


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class _Naive:
    def sign_in(self, port: int) -> None:
        """Nobody signs in."""

    def insert(self, port: int) -> Job:
        return Job(port, "POST", "/incidents", 201, make=naive_table.new_incident)

    def page(self, port: int) -> Job | None:
        return Job(port, "GET", "/incidents", 200)


class _SameRows:
    def sign_in(self, port: int) -> None:
        """Nobody signs in."""

    def insert(self, port: int) -> Job:
        return Job(port, "POST", "/intakes", 201, make=naive_table.new_intake)

    def page(self, port: int) -> None:
        """Only what is written differs from the one-row baseline."""


@dataclass(slots=True)
class NaiveFastApi(_Naive):
    """One uvicorn worker with what the environment has installed, as the product's."""

    name: str = "FastAPI + ORM, one row"

    def start(self, pg_url: str, port: int, folder: Path) -> subprocess.Popen[bytes]:
        _create_table(pg_url)
        return _uvicorn("benchmarks.naive_fastapi:app", pg_url, port, folder)


@dataclass(slots=True)
class NaiveRows(_SameRows):
    """As `NaiveFastApi`, but an insert leaves every row that an intake of the product leaves."""

    name: str = "FastAPI + ORM, the same rows"

    def start(self, pg_url: str, port: int, folder: Path) -> subprocess.Popen[bytes]:
        create_tables(pg_url)
        return _uvicorn("benchmarks.naive_rows:app", pg_url, port, folder)


@dataclass(slots=True)
class NaiveDrf(_Naive):
    """One gunicorn worker process with threads and persistent connections, DEBUG off."""

    name: str = "DRF, one row"

    def start(self, pg_url: str, port: int, folder: Path) -> subprocess.Popen[bytes]:
        _create_table(pg_url)
        return _gunicorn("benchmarks.naive_drf", pg_url, port, folder)


@dataclass(slots=True)
class NaiveDrfRows(_SameRows):
    """As `NaiveDrf`, but an insert leaves every row that an intake of the product leaves."""

    name: str = "DRF, the same rows"

    def start(self, pg_url: str, port: int, folder: Path) -> subprocess.Popen[bytes]:
        create_tables(pg_url)
        return _gunicorn("benchmarks.naive_drf_rows", pg_url, port, folder)


def _uvicorn(application: str, pg_url: str, port: int, folder: Path) -> subprocess.Popen[bytes]:
    command = ["uvicorn", application, "--port", str(port), "--no-access-log"]
    return launch(command, {"BENCH_DATABASE_URL": asyncpg_url(pg_url)}, folder)


def _gunicorn(application: str, pg_url: str, port: int, folder: Path) -> subprocess.Popen[bytes]:
    command = ["gunicorn", "django.core.wsgi:get_wsgi_application()", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "1", "--worker-class", "gthread", "--threads", str(GUNICORN_THREADS)]
    command += ["--keep-alive", "75", "--log-level", "warning"]
    settings = {"BENCH_DATABASE_URL": pg_url, "BENCH_APP": application}
    return launch(command, {**settings, "DJANGO_SETTINGS_MODULE": "benchmarks.naive_drf.settings"}, folder)


def _create_table(pg_url: str) -> None:
    with psycopg.connect(pg_url) as connection:
        connection.execute(naive_table.DDL)
