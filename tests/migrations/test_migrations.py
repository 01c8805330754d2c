"""Revisions go up and down, empty and with data, on both engines, and end where the models are."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from app.models import Base
from app.services.setup.migrating import alembic_config
from app.services.setup.start import schema_head
from tests.conftest import ENGINES
from tests.engines.databases import create_database
from tests.engines.postgres import Postgres

REVISIONS = [r.revision for r in ScriptDirectory.from_config(alembic_config()).walk_revisions()][::-1]
DATA = """
INSERT INTO unit_kind (code, label_vi, label_en, valid_from) VALUES ('school', 'Trường', 'School', '2020-01-01');
INSERT INTO unit (id, version, kind, path_key, org_path, created_at)
VALUES ('{unit}', 1, 'school', 'aaaa', '/aaaa/', '2024-01-01 00:00:00+00');
INSERT INTO intake (id, org_path, code, holder_id, source_channel, lane, has_informant, received_at, recorded_at)
VALUES ('{intake}', '/aaaa/', '2024-BIA', '{unit}', 'phone', 'staff', false,
'2024-01-01 00:00:00+00', '2024-01-01 00:00:00+00')
"""
AUDIT_ENTRY = """
INSERT INTO audit_entry (id, org_path, at, about, body, digest)
VALUES ('{id}', '/', '2024-01-01 00:00:00+00', 'create_intake', '{{}}', '0');
INSERT INTO audit_subject (entry_id, incident_id) VALUES ('{id}', '{case}')
"""


@dataclass(frozen=True, slots=True)
class Database:
    """One empty database: as alembic reaches it, and as the tests look at it."""

    config: Config
    engine: Engine

    @property
    def tables(self) -> set[str]:
        return set(inspect(self.engine).get_table_names())

    def fill(self) -> None:
        """An invented school with an intake, in plain SQL: a migration must not lean on the models of today."""
        names = {"unit": uuid4().hex, "intake": uuid4().hex}
        with self.engine.begin() as connection:
            for statement in DATA.format(**names).split(";"):
                connection.exec_driver_sql(statement)

    def count(self, table: str) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres_server")
        made = create_database(server, "migrations")
        engine = create_engine(made.admin_url.replace("postgresql://", "postgresql+psycopg://", 1))
        config = alembic_config(made.owner_url)
    else:
        engine = create_engine(f"sqlite:///{tmp_path / 'athd.db'}")
        config = alembic_config(f"sqlite+aiosqlite:///{tmp_path / 'athd.db'}")
    yield Database(config, engine)
    engine.dispose()


def test_the_history_is_one_line_without_forks() -> None:
    script = ScriptDirectory.from_config(alembic_config())
    assert len(script.get_heads()) == len(script.get_bases()) == 1


def test_the_head_is_known_without_alembic() -> None:
    assert schema_head() == ScriptDirectory.from_config(alembic_config()).get_current_head()


# What counts of SQLite read from its index with an expression, tests/cases/test_counts.py shows.
@pytest.mark.filterwarnings("ignore:.*expression-based index '?ix_incident_counted")
def test_the_head_is_what_the_models_say(database: Database) -> None:
    command.upgrade(database.config, "head")
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_each_revision_goes_up_and_down_and_up_again(database: Database) -> None:
    for revision in REVISIONS:
        command.upgrade(database.config, revision)
        command.downgrade(database.config, "-1")
        command.upgrade(database.config, revision)
    assert set(Base.metadata.tables) <= database.tables


def test_down_to_the_base_leaves_no_table(database: Database) -> None:
    command.upgrade(database.config, "head")
    command.downgrade(database.config, "base")
    assert database.tables <= {"alembic_version"}
    assert database.count("alembic_version") == 0


def test_down_to_the_base_leaves_no_table_where_there_was_data(database: Database) -> None:
    command.upgrade(database.config, "head")
    database.fill()
    command.downgrade(database.config, "base")
    assert database.tables <= {"alembic_version"}
    command.upgrade(database.config, "head")
    assert database.count("intake") == 0


def test_data_survives_every_later_revision(database: Database) -> None:
    command.upgrade(database.config, REVISIONS[0])
    database.fill()
    command.upgrade(database.config, "head")
    assert (database.count("unit"), database.count("intake")) == (1, 1)
    if len(REVISIONS) > 1:
        command.downgrade(database.config, REVISIONS[0])
        assert (database.count("unit"), database.count("intake")) == (1, 1)


def test_audit_subjects_are_migrated_and_append_only(database: Database) -> None:
    command.upgrade(database.config, "0010")
    entry = {"id": uuid4().hex, "case": uuid4().hex}
    with database.engine.begin() as connection:
        for statement in AUDIT_ENTRY.format(**entry).split(";"):
            connection.exec_driver_sql(statement)
    command.upgrade(database.config, "head")
    with database.engine.connect() as connection:
        (subject_id,) = connection.execute(text("SELECT subject_id FROM audit_subject")).scalars()
        assert UUID(str(subject_id)).hex == entry["case"]
    if database.engine.dialect.name == "sqlite":
        for statement in ("UPDATE audit_subject SET subject_id = entry_id", "UPDATE audit_entry SET org_path = '/x/'"):
            with database.engine.connect() as connection, pytest.raises(DBAPIError, match="written once"):
                connection.execute(text(statement))
    command.downgrade(database.config, "0010")
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(incident_id) FROM audit_subject")).scalar_one() == 1


def test_going_to_head_twice_changes_nothing(database: Database) -> None:
    command.upgrade(database.config, "head")
    database.fill()
    before = database.tables
    command.upgrade(database.config, "head")
    assert (database.tables, database.count("intake")) == (before, 1)
