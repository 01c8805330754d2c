"""A start that fails says why in one line, by the name of the setting, with any number of workers."""

import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.engines.postgres import free_port
from tests.setup.commands import Commands, bare_environment
from tests.world import World

SECRET = "mat-khau-bia"
Damage = Callable[[Path], object]


@pytest.fixture(scope="module")
def athd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    commands = Commands(tmp_path_factory.mktemp("logs"))
    yield commands
    commands.nursery.close()


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory, athd: Commands) -> Path:
    directory = tmp_path_factory.mktemp("migrated")
    assert athd.run(["migrate"], bare_environment(directory)) == (0, [])
    return directory


@pytest.fixture
def installed(migrated: Path, tmp_path: Path) -> Path:
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


Refused = Callable[..., None]


@pytest.fixture
def refused(athd: Commands) -> Refused:
    """One and two workers end with one line, which has these words and quotes no secret."""

    def check(environment: dict[str, str], *words: str, port: int | None = None) -> None:
        serve = ["serve", "--port", str(port or free_port()), "--workers"]
        for status, said in map(athd.end, [athd.begin([*serve, workers], environment) for workers in "12"]):
            assert status == 1
            assert_one_line(said, *words)

    return check


def assert_one_line(said: list[str], *words: str) -> None:
    assert len(said) == 1, said
    assert said[0].startswith("athd: ")
    assert [word for word in words if word not in said[0]] == [], said
    assert SECRET not in said[0]


SETTINGS: dict[str, dict[str, str]] = {
    "SMTP_HSOT is no setting; ATHD_SMTP_HOST is one": {"SMTP_HSOT": "mail.example"},
    "ATHD_LOG_LEVEL DEBUG may not": {"LOG_LEVEL": "DEBUG"},
    "ATHD_LOG_LEVEL: ": {"LOG_LEVEL": "loud"},
    "ATHD_BODY_LIMIT_BYTES: ": {"BODY_LIMIT_BYTES": "viel"},
    "ATHD_CORS_ORIGINS: ": {"CORS_ORIGINS": "https://truong.example"},
    "ATHD_PUBLIC_URL must be https": {"PUBLIC_URL": "http://athd.example"},
    "ATHD_DATABASE_URL is no address": {"DATABASE_URL": f"{SECRET} là gì"},
    "ATHD_DATABASE_PASSWORD_FILE cannot be read: No such file": {
        "DATABASE_URL": "postgresql+asyncpg://athd_service@127.0.0.1/athd",
        "DATABASE_PASSWORD_FILE": "/khong/co",
    },
    "ATHD_DATABASE_URL must be the application role's": {
        "DATABASE_URL": f"postgresql+asyncpg://ai:{SECRET}@127.0.0.1/athd",
        "OWNER_DATABASE_URL": f"postgresql+asyncpg://ai:{SECRET}@127.0.0.1/athd",
    },
    "ATHD_DATABASE_URL: the database does not answer": {
        "DATABASE_URL": f"postgresql+asyncpg://ai:{SECRET}@127.0.0.1:1/athd"
    },
    "ATHD_DATA_DIR: Not a directory": {"DATA_DIR": "/dev/null/data"},
    "ATHD_SECRETS_DIR: Not a directory": {"SECRETS_DIR": "/dev/null/secrets"},
    "ATHD_SHRED_LEDGER_DIR: Not a directory": {"SHRED_LEDGER_DIR": "/dev/null/ledger"},
    "ATHD_SMTP_PASSWORD_FILE: No such file or directory": {"SMTP_PASSWORD_FILE": "/khong/co"},
    "ATHD_OBJECTS_SECRET_FILE: No such file or directory": {
        "OBJECTS_BUCKET": "tep",
        "OBJECTS_ACCESS_KEY": "khoa",
        "OBJECTS_SECRET_FILE": "/khong/co",
    },
}


@pytest.mark.parametrize(("line", "settings"), SETTINGS.items())
def test_a_setting_is_refused_by_name(refused: Refused, installed: Path, line: str, settings: dict[str, str]) -> None:
    refused(bare_environment(installed, **settings), line)


def test_all_that_is_wrong_stands_in_one_line(refused: Refused, installed: Path) -> None:
    wrong = {"LOG_LEVEL": "DEBUG", "ARGON2_MEMORY_KIB": "8", "SMTP_HSOT": "mail.example"}
    refused(bare_environment(installed, **wrong), "ATHD_LOG_LEVEL", "ATHD_ARGON2_MEMORY_KIB", "SMTP_HSOT is no setting")


def _read_by_others(name: str) -> Damage:
    return lambda directory: (directory / "data/secrets" / name).chmod(0o644)


def _rewritten(name: str, text: str) -> Damage:
    def damage(directory: Path) -> None:
        (directory / "data" / name).write_text(text)
        (directory / "data" / name).chmod(0o600)

    return damage


def _set_back(directory: Path) -> None:
    with sqlite3.connect(directory / "data/athd.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")


def _mistyped(directory: Path) -> None:
    with sqlite3.connect(directory / "data/athd.db") as connection:
        connection.execute("UPDATE clock_rule SET met_by = '[\"mistyped\"]'")


def _no_database(directory: Path) -> None:
    for file in (directory / "data").glob("athd.db*"):
        file.unlink()


def _lost(name: str) -> Damage:
    return lambda directory: (directory / "data/secrets" / name).unlink()


def _lose_wrapping_key(directory: Path) -> None:
    with sqlite3.connect(directory / "data/athd.db") as connection:
        row = (uuid4().hex, "former", "c2VhbGVk", "2026-01-01 00:00:00")
        connection.execute("INSERT INTO data_key (id, wrapping, wrapped, created_at) VALUES (?, ?, ?, ?)", row)
    _lost("wrapping.json")(directory)


DAMAGES: dict[str, tuple[str, Damage]] = {
    "no schema": ("ATHD_DATA_DIR: the schema is not at head: run `athd migrate`", _no_database),
    "old schema": ("ATHD_DATA_DIR: the schema is not at head: run `athd migrate`", _set_back),
    "unknown event": ("ATHD_DATA_DIR: clock rule", _mistyped),
    "no database": ("ATHD_DATA_DIR: the file is no SQLite database", _rewritten("athd.db", "văn bản" * 500)),
    "master.key": ("ATHD_SECRETS_DIR: others may read master.key: chmod 600", _read_by_others("master.key")),
    "wrapping.json": ("ATHD_SECRETS_DIR: others may read wrapping.json", _read_by_others("wrapping.json")),
    "ring.json": ("ATHD_SECRETS_DIR: ring.json is damaged", _rewritten("secrets/ring.json", SECRET)),
    "cut wrapping.json": ("ATHD_SECRETS_DIR: wrapping.json is damaged", _rewritten("secrets/wrapping.json", "{")),
    "lost wrapping.json": ("ATHD_SECRETS_DIR: wrapping.json opens nothing in this database", _lose_wrapping_key),
    "lost master.key": ("ATHD_SECRETS_DIR: No such file or directory (master.key)", _lost("master.key")),
    "short master": ("ATHD_SECRETS_DIR: master.key is damaged", _rewritten("secrets/master.key", SECRET)),
    "audit.pem": ("ATHD_SECRETS_DIR: ", _rewritten("secrets/audit.pem", SECRET)),
    "ledger": (
        "ATHD_SHRED_LEDGER_DIR: the shred ledger is damaged",
        _rewritten("shred-ledger/shred-ledger.jsonl", "{}\n"),
    ),
}


@pytest.mark.parametrize(("line", "damage"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_installation_is_refused_by_name(
    refused: Refused, installed: Path, line: str, damage: Damage
) -> None:
    damage(installed)
    refused(bare_environment(installed), line)


def test_a_port_in_use_is_refused_by_number(refused: Refused, installed: Path, busy_port: int) -> None:
    refused(bare_environment(installed), f"127.0.0.1, {busy_port}: Address already in use", port=busy_port)


@pytest.mark.parametrize("command", [["worker"], ["jobs", "dead"], ["keys", "rotate"], ["audit", "checkpoint"]])
def test_the_other_commands_say_it_likewise(athd: Commands, installed: Path, command: list[str]) -> None:
    _read_by_others("master.key")(installed)
    status, said = athd.run(command, bare_environment(installed))
    assert status == 1
    assert_one_line(said, "ATHD_SECRETS_DIR: others may read master.key")


def test_an_installation_is_founded_once(athd: Commands, installed: Path) -> None:
    found = ["found", "--name", "Sở Bịa", "--code", "so-bia", "--administrator", "quan.tri"]
    assert athd.run(found, bare_environment(installed))[0] == 0
    status, said = athd.run(found, bare_environment(installed))
    assert status == 1
    assert_one_line(said, "athd: duplicate: ")


@pytest.fixture
def served_by(world: World, tmp_path: Path) -> Callable[..., dict[str, str]]:
    """The environment of a server with the tests' PostgreSQL."""
    if world.database is None:
        pytest.skip("SQLite has one role and no server")
    superuser = world.database.admin_url.replace("postgresql://", "postgresql+asyncpg://", 1)
    urls = {
        "application": world.database.application_url,
        "owner": world.database.owner_url,
        "superuser": superuser,
    }
    return lambda role, *changes: bare_environment(tmp_path, DATABASE_URL=urls[role].replace(*changes or ("", "")))


def test_the_owner_of_the_tables_is_refused(refused: Refused, served_by: Callable[..., dict[str, str]]) -> None:
    refused(served_by("owner"), "ATHD_DATABASE_URL: the database role owns the tables")


def test_a_role_beyond_row_level_security_is_refused(
    refused: Refused, served_by: Callable[..., dict[str, str]]
) -> None:
    refused(
        served_by("superuser"), "ATHD_DATABASE_URL: the database role is a superuser or bypasses row-level security"
    )


def test_a_role_with_a_wrong_password_is_refused(refused: Refused, served_by: Callable[..., dict[str, str]]) -> None:
    refused(served_by("application", "@", "x@"), "ATHD_DATABASE_URL: the database refuses the role or its password")


def test_a_database_that_is_not_there_is_refused(refused: Refused, served_by: Callable[..., dict[str, str]]) -> None:
    environment = served_by("application")
    environment["ATHD_DATABASE_URL"] += "_khong_co"
    refused(environment, "ATHD_DATABASE_URL: the database is not there")


def test_the_service_does_not_migrate(athd: Commands, served_by: Callable[..., dict[str, str]]) -> None:
    environment = served_by("application")
    environment["ATHD_OWNER_DATABASE_URL"] = environment.pop("ATHD_DATABASE_URL")
    environment["ATHD_DATABASE_URL"] = environment["ATHD_OWNER_DATABASE_URL"].replace("@", "x@")
    status, said = athd.run(["migrate"], environment)
    assert status == 1
    assert_one_line(said, "ATHD_OWNER_DATABASE_URL: the database refuses a right to the role")
