"""Installations to be broken, on both engines with the durability of production."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from app.security.access.policies import APP_ROLE
from tests.engines.databases import copy_database, create_database
from tests.engines.postgres import PrivatePostgres, private_postgres
from tests.faults.figures import Figures
from tests.faults.site import Nursery, Site, running

# 1 is the small form; the nightly run asks for more.
SCALE = int(os.environ.get("ATHD_FAULTS", "1"))
Install = Callable[..., Site]


@pytest.fixture(scope="session")
def figures() -> Iterator[Figures]:
    result = Figures()
    yield result
    print(result)


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    opened = Nursery()
    yield opened
    opened.close()


@contextmanager
def durable_postgres(parent: Path | None = None) -> Iterator[PrivatePostgres]:
    """A PostgreSQL of our own, as durable as by default, with its files in `parent`."""
    with private_postgres(parent=parent) as private:
        with psycopg.connect(private.server.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(APP_ROLE)))
        yield private


@pytest.fixture(scope="session")
def durable() -> Iterator[PrivatePostgres]:
    """One that may be killed."""
    with durable_postgres() as private:
        yield private


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def demonstrations(
    nursery: Nursery, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Site]:
    """The demonstration on an engine, installed once and never started: each test breaks a copy of it."""

    @cache
    def made(engine: str) -> Site:
        site = Site(tmp_path_factory.mktemp("demonstration"), None, nursery)
        if engine == "postgresql":
            site.database = create_database(request.getfixturevalue("durable").server, "demonstration")
        site.install()
        return site

    return made


@pytest.fixture
def install(
    tmp_path: Path, nursery: Nursery, demonstrations: Callable[[str], Site], request: pytest.FixtureRequest
) -> Iterator[Install]:
    """Makes an installation on an engine."""
    with ExitStack() as stack:

        def copied(site: Site, engine: str) -> None:
            original = demonstrations(engine)
            site.copy_files(original)
            if original.database is not None:
                durable: PrivatePostgres = request.getfixturevalue("durable")
                site.database = copy_database(durable.server, original.database, "faults")
                site.database_files = durable.home

        def made(
            engine: str, directory: Path = tmp_path / "site", postgres: PrivatePostgres | None = None, **settings: str
        ) -> Site:
            site = Site(directory, None, nursery, settings)
            if postgres is None:
                copied(site, engine)
            else:
                site.database, site.database_files = create_database(postgres.server, "faults"), postgres.home
                site.install()
            return stack.enter_context(running(site))

        yield made
