"""The walk-through in docs/ runs word for word against a real server, and answers as the page says."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.server import serving

PAGE = Path(__file__).parents[2] / "docs" / "walkthrough.md"
BLOCK = re.compile(r"```bash\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("walkthrough")) as address:
        yield address


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
