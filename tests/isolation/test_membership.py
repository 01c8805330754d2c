"""A membership opens rows beside range and share, in the guard and in row-level security (decision 0009)."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.world import World

pytestmark = pytest.mark.isolation


async def test_a_membership_opens_the_rows_of_its_period_and_no_others(world: World, tmp_path: Path) -> None:
    file_url = f"sqlite+aiosqlite:///{tmp_path / 'trial.db'}"
    database = world.database
    urls = (database.application_url, database.owner_url) if database else (file_url, file_url)
    trial = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.isolation.membership",
        *urls,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await trial.communicate()
    assert trial.returncode == 0, printed.decode()
