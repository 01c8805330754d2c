"""Several server processes: each writes its log by the allow-list, and a request is served by any of them."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

from app.core.logging import ALLOWED
from app.services.setup.refusals import REFUSED_TO_START
from tests.engines.postgres import free_port
from tests.setup.commands import bare_environment

ATHD = (sys.executable, "-m", "app.cli")
WORKERS = 2
# A busy machine starts a process slowly, and the supervisor looks again only after its own wait for a worker.
START_S = 120.0
SECRET = "ten-tre-em-bia"


def test_every_worker_logs_by_the_allow_list(tmp_path: Path) -> None:
    environment, port, log = bare_environment(tmp_path), free_port(), tmp_path / "log"
    subprocess.run([*ATHD, "migrate"], env=environment, check=True)
    serve = [*ATHD, "serve", "--port", str(port), "--workers", str(WORKERS)]
    with log.open("wb") as output, subprocess.Popen(serve, env=environment, stderr=output) as server:
        try:
            await_workers(log)
            await_port(port)
            for _ in range(10):
                ask(f"http://127.0.0.1:{port}/api/v1/incidents?q={SECRET}")
        finally:
            server.terminate()
            server.wait(120)
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert Counter(line["event"] for line in lines) >= Counter({"ready": WORKERS, "request": 10})
    assert all(set(line) <= ALLOWED for line in lines)
    assert SECRET not in log.read_text("utf-8")


def test_a_worker_that_cannot_start_again_ends_the_server_and_says_why(tmp_path: Path) -> None:
    environment, log = bare_environment(tmp_path), tmp_path / "log"
    subprocess.run([*ATHD, "migrate"], env=environment, check=True)
    serve = [*ATHD, "serve", "--port", str(free_port()), "--workers", str(WORKERS)]
    with log.open("wb") as output, subprocess.Popen(serve, env=environment, stderr=output) as server:
        try:
            await_workers(log)
            with sqlite3.connect(tmp_path / "data" / "athd.db") as connection:
                connection.execute("UPDATE alembic_version SET version_num = '0001'")
            os.kill(workers_of(server.pid)[0], signal.SIGKILL)
            assert server.wait(START_S) == REFUSED_TO_START
        finally:
            server.terminate()
            server.wait(START_S)
    reasons = [line["reason"] for line in map(json.loads, log.read_text("utf-8").splitlines()) if "reason" in line]
    assert reasons == ["ATHD_DATA_DIR: the schema is not at head: run `athd migrate`"]


def workers_of(server: int) -> list[int]:
    children = map(int, Path(f"/proc/{server}/task/{server}/children").read_text().split())
    return [child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def await_workers(log: Path) -> None:
    deadline = time.monotonic() + START_S
    while log.read_text("utf-8").count('"ready"') < WORKERS:
        assert time.monotonic() < deadline, "the workers did not start"
        time.sleep(0.2)


def await_port(port: int) -> None:
    """A worker is ready before it listens."""
    deadline = time.monotonic() + START_S
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline, "no worker listens"
        time.sleep(0.2)


def ask(address: str) -> None:
    try:
        urllib.request.urlopen(address, timeout=60).close()
    except urllib.error.HTTPError as refusal:
        refusal.close()
