"""A real server with the demonstration province, for tests that need one."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

from tests.engines.postgres import free_port

START_S = 180.0
ATHD = (sys.executable, "-m", "app.cli")


@contextmanager
def serving(directory: Path, *, output: IO[bytes] | None = None, **settings: str) -> Iterator[str]:
    """The address of a server on SQLite in `directory`, with no limit on requests; it writes to `output`, if any."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "ATHD_ENVIRONMENT": "demo",
        "ATHD_DATA_DIR": str(directory),
        "ATHD_PUBLIC_URL": address,
        "ATHD_LOG_LEVEL": "WARNING",
        "ATHD_RATE_LIMIT_PER_MINUTE": "1000000",
        "ATHD_PUBLIC_RATE_LIMIT_PER_MINUTE": "1000000",
        "ATHD_REPORT_RATE_LIMIT_PER_MINUTE": "1000000",
        "ATHD_SIGN_IN_RATE_LIMIT_PER_MINUTE": "1000000",
        "ATHD_INTAKE_CALM_PER_HOUR": "1000000",
        **settings,
    }
    shutil.copytree(_demonstration(), directory, dirs_exist_ok=True)
    server = subprocess.Popen([*ATHD, "serve", "--port", str(port)], env=environment, stdout=output, stderr=output)
    try:
        awaited(f"{address}/readyz")
        yield address
    finally:
        server.terminate()
        server.wait(120)


@cache
def _demonstration() -> Path:
    """Its files, built once for every server of a run."""
    directory = Path(tempfile.mkdtemp(prefix="athd-demonstration-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    environment = {**os.environ, "ATHD_ENVIRONMENT": "demo", "ATHD_DATA_DIR": str(directory)}
    subprocess.run([*ATHD, "demo"], env=environment, check=True, capture_output=True)
    return directory


def awaited(address: str) -> None:
    """Return when the address answers."""
    deadline = time.monotonic() + START_S
    while True:
        try:
            urllib.request.urlopen(address, timeout=10).close()
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.2)
        else:
            return
