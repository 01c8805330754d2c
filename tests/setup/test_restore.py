"""The backup and the restore of docs/operators.md, run as they stand there, on both engines."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from app.main import create_app
from tests.docs.operators import PAGE, block_with
from tests.engines.databases import FAST, Database
from tests.engines.postgres import find_binaries, free_port, private_postgres
from tests.factories.http import assert_problem, ok
from tests.world import World, open_world, settings_for

ROLES = PAGE.parents[1] / "deploy" / "postgres" / "10-roles.sql"
NAMES = ("owner", "service", "backup")
BACKUP = {"postgresql": "pg_dump ", "sqlite": "sqlite3 "}
RESTORE = {"postgresql": "pg_restore ", "sqlite": "cp athd-copy.db "}
BEFORE, AFTER = "Chuyện bịa trước khi sao lưu", "Chuyện bịa sau khi sao lưu"
# Stands in for the service manager: the server runs until the test ends.
SYSTEMCTL = """#!/bin/sh
case "$1" in
start) athd serve --port "$PORT" >"$HOME/server.log" 2>&1 & echo $! >"$HOME/server.pid" ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """An operator's: the commands on the path, the passwords in files, and where it all lies."""

    directory: Path
    engine: str
    database: Database | None
    environment: dict[str, str]
    port: int

    def run(self, script: str) -> str:
        """What a block of the page says, that succeeds. Only the port is the test's own."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script.replace(":8000", f":{self.port}")],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(params=BACKUP)
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machine]:
    if request.param == "sqlite":
        yield from _machine(tmp_path, "sqlite", None, {})
        return
    with private_postgres(settings=FAST) as private:
        environment = _with_roles(tmp_path, private.server.url())
        yield from _machine(tmp_path, "postgresql", _database(environment), environment)


def _machine(directory: Path, engine: str, database: Database | None, environment: dict[str, str]) -> Iterator[Machine]:
    port, settings = free_port(), settings_for(directory, database)
    commands = directory / "bin"
    commands.mkdir()
    (commands / "systemctl").write_text(SYSTEMCTL)
    (commands / "athd").write_text(f'#!/bin/sh\nexec {sys.executable} -m app.cli "$@"\n')
    for command in commands.iterdir():
        command.chmod(0o755)
    own = {
        "PATH": os.pathsep.join(map(str, (commands, find_binaries(), os.environ["PATH"]))),
        "PYTHONPATH": str(PAGE.parents[1]),
        "HOME": str(directory),
        "PORT": str(port),
        "ATHD_ENVIRONMENT": "test",
        "ATHD_DATA_DIR": str(settings.data_dir),
        "ATHD_SECRETS_DIR": str(settings.secrets_dir),
    }
    if database is not None:
        own |= {"ATHD_DATABASE_URL": database.application_url, "ATHD_OWNER_DATABASE_URL": database.owner_url}
    try:
        yield Machine(directory, engine, database, {**os.environ, **environment, **own}, port)
    finally:
        if (started := directory / "server.pid").exists():
            subprocess.run(["kill", started.read_text().strip()], check=False)


def _with_roles(directory: Path, url: str) -> dict[str, str]:
    """Run the roles' file as the image of PostgreSQL does; the environment of its login names and passwords."""
    known = psycopg.conninfo.conninfo_to_dict(url)
    environment = {"PGPORT": str(known["port"]), "PGPASSFILE": str(directory / "pgpass")}
    lines = []
    for name in NAMES:
        file = directory / f"{name}_password"
        file.write_text(f"mat-khau-bia-{name}\n")
        environment[f"ATHD_{name.upper()}_PASSWORD_FILE"] = str(file)
        lines.append(f"*:*:*:athd_{name}:mat-khau-bia-{name}\n")
    (directory / "pgpass").write_text("".join(lines))
    (directory / "pgpass").chmod(0o600)
    psql: list[str | Path] = [find_binaries() / "psql", "--quiet", "--no-psqlrc", f"--file={ROLES}", url]
    subprocess.run(psql, env={**os.environ, **environment}, check=True)
    return environment


def _database(environment: dict[str, str]) -> Database:
    def url(name: str) -> str:
        return f"postgresql+asyncpg://athd_{name}:mat-khau-bia-{name}@127.0.0.1:{environment['PGPORT']}/athd"

    return Database(url("owner"), url("owner"), url("service"))


@asynccontextmanager
async def reopened(machine: Machine, world: World) -> AsyncIterator[World]:
    """The same installation, served in process from what the database holds now."""
    app = create_app(settings_for(machine.directory, machine.database))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 1))
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield World(machine.engine, app, app.state.runtime, world.units, machine.database, http)


async def test_a_backup_comes_back_whole(machine: Machine) -> None:
    async with open_world(machine.directory, machine.database) as world:
        school = await world.client("a1.head")
        taken = await school.create_intake(narrative=BEFORE)
        machine.run(block_with("sh", BACKUP[machine.engine]))
        lost = await school.create_intake(narrative=AFTER)
    machine.run(block_with("sh", "systemctl stop"))
    machine.run(block_with("sh", RESTORE[machine.engine]))
    said = machine.run(block_with("sh", "athd audit verify\n"))
    assert said.splitlines()[:2] == ["0", "0"]
    assert said.endswith("the audit log is whole\n")
    async with reopened(machine, world) as again:
        school = await again.client("a1.head")
        assert ok(await school.incident(taken["incident_id"]))["summary"] == BEFORE
        assert_problem(await school.incident(lost["incident_id"]), 404, "not_found")


def test_the_backups_role_changes_nothing(machine: Machine) -> None:
    if machine.database is None:
        pytest.skip("SQLite has no roles")
    url = f"postgresql://athd_backup:mat-khau-bia-backup@127.0.0.1:{machine.environment['PGPORT']}/athd"
    machine.run("athd migrate")
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM unit").fetchone() == (0,)
        connection.execute("SET default_transaction_read_only = off")
        for statement in ("DELETE FROM unit", "CREATE TABLE x ()", "SET ROLE athd_owner"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
