"""The wheel alone, in an environment of its own and with nothing else of this project, migrates, founds and serves."""

import os
import shutil
import subprocess
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docs.server import awaited
from tests.engines.postgres import free_port
from tests.setup.commands import bare_environment

ROOT = Path(__file__).parents[2]
UV = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
# Templates, fonts and reference data are found in the installed package.
FOUND = """
from app.documents.handover import TEMPLATE
from app.documents.letters import FONTS
from app.reference.tables import rows
assert "site-packages" in str(TEMPLATE) and TEMPLATE.is_file() and list(FONTS.glob("*.ttf"))
assert list(rows("hotlines")) and list(rows("code_lists"))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    uv("build", "--wheel", "--offline", "--out-dir", str(directory), str(ROOT))
    [built] = directory.glob("*.whl")
    return built


def uv(*arguments: str, **environment: str) -> None:
    done = subprocess.run(
        [UV, "--quiet", *arguments],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_it_has_every_file_of_the_application_and_its_migrations(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "app", "migrations"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(tracked.stdout.splitlines()) - packed == set()


def test_it_serves_from_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    uv(
        "sync",
        "--locked",
        "--offline",
        "--no-default-groups",
        "--no-install-project",
        UV_PROJECT_ENVIRONMENT=str(environment),
    )
    uv("pip", "install", "--offline", "--no-deps", "--python", str(environment / "bin/python"), str(wheel))
    settings = bare_environment(tmp_path)
    settings.pop("PYTHONPATH", None)

    def run(command: str, *arguments: str) -> None:
        subprocess.run([environment / "bin" / command, *arguments], cwd=tmp_path, env=settings, check=True)

    run("python", "-c", FOUND)
    run("athd", "migrate")
    run("athd", "found", "--name", "Sở Bịa", "--code", "so-bia", "--administrator", "quan.tri")
    with served(environment / "bin/athd", settings, tmp_path) as address:
        for page in ("/api/v1/hotlines", "/openapi.json", "/docs"):
            with urllib.request.urlopen(f"{address}{page}", timeout=120) as answer:
                assert answer.status == 200


@contextmanager
def served(athd: Path, environment: dict[str, str], directory: Path) -> Iterator[str]:
    port = free_port()
    with subprocess.Popen([athd, "serve", "--port", str(port)], cwd=directory, env=environment) as server:
        try:
            awaited(f"http://127.0.0.1:{port}/readyz")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(120)
