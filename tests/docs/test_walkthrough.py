"""The walk-through in docs/ runs word for word against a real server, and answers as the page says."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.postgres import free_port

PAGE = Path(__file__).parents[2] / "docs" / "walkthrough.md"
BLOCK = re.compile(r"```bash\n(.*?)```", re.DOTALL)
START_S = 60.0


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that shows the demonstration province."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "ATHD_ENVIRONMENT": "demo",
        "ATHD_DATA_DIR": str(tmp_path_factory.mktemp("walkthrough")),
        "ATHD_PUBLIC_URL": address,
        "ATHD_LOG_LEVEL": "WARNING",
    }
    athd = [sys.executable, "-m", "app.cli"]
    subprocess.run([*athd, "demo"], env=environment, check=True, capture_output=True)
    server = subprocess.Popen([*athd, "serve", "--port", str(port)], env=environment)
    try:
        _await(f"{address}/readyz")
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _await(address: str) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.2)
        else:
            return


def test_the_walkthrough_answers_as_its_page_says(api: str, tmp_path: Path) -> None:
    script = "\n".join(BLOCK.findall(PAGE.read_text("utf-8")))
    expected = re.findall(r"^# → (.*)$", script, re.MULTILINE)
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "API": api},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert [line.strip() for line in ran.stdout.splitlines()] == expected
    assert len(expected) > 12
