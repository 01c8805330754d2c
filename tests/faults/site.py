"""One installation as an operator would run it: its data, its database, its processes, to be killed at will."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from app.security.crypto.keys import KeyRing
from app.security.receipts.receipts import receipt_digest
from tests.engines.databases import Database
from tests.engines.postgres import free_port
from tests.faults.nursery import ENDED

START_S = 180.0


class Nursery:
    """Where children come from (nursery.py)."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._read()

    def fork(self, arguments: list[str], environment: dict[str, str], log: Path) -> int:
        request = {"arguments": arguments, "environment": environment, "log": str(log)}
        _piped(self._process.stdin).write(json.dumps(request) + "\n")
        _piped(self._process.stdin).flush()
        return int(self._read())

    def close(self) -> None:
        with self._process:
            self._process.kill()

    def _read(self) -> str:
        line = _piped(self._process.stdout).readline()
        assert line, "the nursery died"
        return line


def _piped(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


@dataclass
class Site:
    """`directory` holds everything it may write: data, secrets, temporary files, log."""

    directory: Path
    database: Database | None
    nursery: Nursery
    settings: dict[str, str] = field(default_factory=dict)
    database_files: Path | None = None
    port: int = field(default_factory=free_port)
    alive: set[int] = field(default_factory=set)
    killed: list[float] = field(default_factory=list)
    """The moments, in seconds since 1970."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def engine(self) -> str:
        return "postgresql" if self.database else "sqlite"

    @property
    def log(self) -> Path:
        return self.directory / "log"

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "ATHD_ENVIRONMENT": "demo",
            "ATHD_DATA_DIR": str(self.directory / "data"),
            "ATHD_SECRETS_DIR": str(self.directory / "secrets"),
            "ATHD_PUBLIC_URL": self.address,
            "ATHD_WORKER": "false",
            "ATHD_RATE_LIMIT_PER_MINUTE": "10000000",
            "ATHD_PUBLIC_RATE_LIMIT_PER_MINUTE": "10000000",
            "ATHD_REPORT_RATE_LIMIT_PER_MINUTE": "10000000",
            "ATHD_SIGN_IN_RATE_LIMIT_PER_MINUTE": "10000000",
            "ATHD_INTAKE_CALM_PER_HOUR": "10000000",
            "TMPDIR": str(self.directory / "tmp"),
        }
        if self.database is not None:
            own["ATHD_DATABASE_URL"] = self.database.application_url
            own["ATHD_OWNER_DATABASE_URL"] = self.database.owner_url
        return {**os.environ, **own, **self.settings}

    def receipt_digest(self, receipt: str) -> str:
        """How the database names the intake of a receipt."""
        return receipt_digest(receipt, KeyRing.open(self.directory / "secrets").secret("receipts"))

    def install(self) -> None:
        for name in ("data", "tmp"):
            (self.directory / name).mkdir(parents=True)
        self.athd("demo")

    def copy_files(self, original: "Site") -> None:
        """What `original` wrote when it was installed; nothing of it has run since."""
        for name in ("data", "secrets"):
            shutil.copytree(original.directory / name, self.directory / name)
        (self.directory / "tmp").mkdir()

    def athd(self, *arguments: str) -> str:
        """What a command says, that succeeds."""
        output = self.directory / "tmp" / f"{arguments[0]}.output"
        output.unlink(missing_ok=True)
        child = self.nursery.fork(list(arguments), self.environment, output)
        while _exists(child):
            time.sleep(0.02)
        said = output.read_text("utf-8", "replace")
        assert said.endswith(f"{ENDED}0\n"), said[-3000:]
        return said

    def start(self, *arguments: str) -> int:
        child = self.nursery.fork(list(arguments), self.environment, self.log)
        self.alive.add(child)
        return child

    def serve(self) -> int:
        """A server that is ready."""
        child = self.start("serve", "--port", str(self.port))
        self.await_ready()
        return child

    def await_ready(self) -> None:
        deadline = time.monotonic() + START_S
        while True:
            with suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(f"{self.address}/readyz", timeout=10).close()
                return
            assert time.monotonic() < deadline, self.log.read_text("utf-8", "replace")[-3000:]
            time.sleep(0.02)

    def kill(self, child: int, how: signal.Signals = signal.SIGKILL) -> None:
        self.killed.append(time.time())
        with suppress(ProcessLookupError):
            os.kill(child, how)
        while _exists(child):
            time.sleep(0.005)
        self.alive.discard(child)

    def close(self) -> None:
        for child in list(self.alive):
            self.kill(child)


def moment(longest_s: float = 0.3) -> None:
    time.sleep(random.uniform(0, longest_s))


def _exists(child: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(child, 0)
        return True
    return False


@contextmanager
def running(site: Site) -> Iterator[Site]:
    try:
        yield site
    finally:
        site.close()
