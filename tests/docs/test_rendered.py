"""The pages say what the code does: rights, scopes, states, settings, links, and the snippet for anonymous reports."""

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from app.demo.welcome import usernames, welcome
from app.security.access.roles import CLIENT_ROLES, Role
from app.security.audit.chain import Signer
from app.security.receipts.signed_receipts import ReceiptSigner
from app.services.setup.start import open_runtime
from tests.docs.fault_codes import unread
from tests.docs.rendered import DOCS, PARTS, setting_defaults, written
from tests.docs.server import serving
from tests.world import settings_for

ROOT = DOCS.parent
PAGES = [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
SETTING = re.compile(r"^\| `(ATHD_[A-Z0-9_]+)` \| (.*?) \|", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("name", PARTS)
def test_a_drawn_part_is_as_the_code_draws_it(name: str) -> None:
    _, render = PARTS[name]
    assert written(name) == render() + "\n", "run `python -m tests.docs.rendered`"


def test_the_table_of_faults_reads_the_code_of_every_call_that_names_one() -> None:
    assert unread() == []


def test_the_operators_page_names_every_setting_with_its_default() -> None:
    assert dict(SETTING.findall((DOCS / "operators.md").read_text("utf-8"))) == setting_defaults()


async def test_the_operators_page_names_every_file_of_the_keys_directory(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, None)
    await open_runtime(settings).close()
    ReceiptSigner(settings.keys_dir).published()
    Signer(settings.keys_dir)
    files = {file.name for file in settings.keys_dir.iterdir()}
    _, table = (DOCS / "operators.md").read_text("utf-8").split("The keys' directory", 1)
    assert len(files) > 4
    assert {name for name in files if f"`{name}`" not in table} == set()


def test_the_readme_and_the_welcome_name_somebody_of_every_role() -> None:
    page, printed = (ROOT / "README.md").read_text("utf-8"), welcome("http://127.0.0.1:8000")
    assert usernames().keys() == set(Role) - CLIENT_ROLES
    for role, name in usernames().items():
        assert f"`{role}`" in page
        assert f"`{name}`" in page
        assert name in printed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()] == []


def test_the_snippet_for_anonymous_reports_solves_its_challenge_and_is_received(tmp_path: Path) -> None:
    page = (DOCS / "integrators.md").read_text("utf-8")
    (snippet,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    with serving(tmp_path) as address:
        environment = {**os.environ, "API": address}
        ran = subprocess.run(
            [sys.executable, "-c", snippet], env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert (ran.returncode, ran.stdout) == (0, "proven received\n"), ran.stderr
    with closing(sqlite3.connect(tmp_path / "athd.db")) as database:
        assert database.execute("SELECT count(*) FROM intake WHERE lane = 'proven'").fetchone() == (1,)
