"""A PostgreSQL for the tests, with the three roles of production: superuser, owner and application."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from app.security.access.policies import APP_ROLE
from tests.engines.postgres import Postgres, create_role, postgres

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Database:
    """One fresh database: as its superuser, as the owner of its tables, as the application."""

    admin_url: str
    owner_url: str
    application_url: str


@contextmanager
def server() -> Iterator[Postgres]:
    with postgres(settings=FAST) as running:
        with psycopg.connect(running.url(), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE]).fetchone()
            if known is None:
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(APP_ROLE)))
        yield running


def create_database(running: Postgres, label: str) -> Database:
    admin = running.create_database(label)
    owner, application = create_role(admin, "owner"), create_role(admin, "app")
    with psycopg.connect(admin) as connection:
        connection.execute(sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(_role(owner)))
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(APP_ROLE), _role(application)))
    return Database(admin, _asyncpg(owner), _asyncpg(application))


def copy_database(running: Postgres, original: Database, label: str) -> Database:
    """A copy for the same roles. Nobody is connected to the original."""
    path = urlsplit(running.create_database(label, urlsplit(original.admin_url).path.lstrip("/"))).path
    urls = (original.admin_url, original.owner_url, original.application_url)
    return Database(*(urlunsplit(urlsplit(url)._replace(path=path)) for url in urls))


def _role(url: str) -> sql.Identifier:
    return sql.Identifier(str(psycopg.conninfo.conninfo_to_dict(url)["user"]))


def _asyncpg(url: str) -> str:
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)
