"""A new scoped table cannot be forgotten: what it needs is read from the models and from the database itself."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Table, inspect

import app
from app.models.base import Base, Scoped
from app.models.registry import all_models
from app.security.access.criteria import scoped_models
from app.security.access.elevation import ElevationReason
from tests.world import World

pytestmark = pytest.mark.isolation
# Tables without an org_path, each with why nobody is harmed by reading it unscoped.
UNSCOPED = {
    "unit": "the directory of units is public",
    "unit_kind": "reference data",
    "unit_kind_place": "reference data",
    "unit_version": "the directory of units is public",
    "unit_edge": "the directory of units is public",
    "unit_succession": "the directory of units is public",
    "code_list_entry": "reference data",
    "competence": "reference data",
    "hotline": "reference data",
    "sign_in": "reached by the id of an unforgeable token, and by its owner",
    "refresh_token": "reached by the digest of a secret",
    "login_throttle": "holds a keyed digest and a count",
    "idempotency_key": "reached by a digest that binds the caller; the answer is sealed",
    "spent_proof": "holds digests of puzzles",
    "watched_link": "holds random ids that only sealed tokens name",
    "document_counter": "holds numbers",
    "clock_rule": "reference data",
    "clock_level": "time limits, which every unit they bind may read",
    "announced_day": "reference data",
    "report_chain_rule": "reference data",
    "report_due_rule": "reference data",
    "report_reminder_rule": "reference data",
    "report_template": "forms, which every unit that fills them in reads",
    "commitment_template": "clauses, which every family that signs them reads",
    "commitment_campaign": "announcements without a person, which every unit of the line reads",
    "school_year": "reference data",
    "school_term": "reference data",
    "enrolment_status_code": "reference data",
    "audit_subject": "links ids of entries, incidents and intakes",
    "audit_block": "holds digests and signatures",
    "job": "holds kinds, ids and times",
    "retention_class": "reference data",
    "retention_level": "periods, which every unit they bind may read",
    "subject_request_rule": "reference data",
    "shred_mark": "holds a position and a digest",
    "data_key": "holds keys wrapped by one that is not in the database",
}


def test_every_reason_to_act_beyond_a_scope_is_somewhere_acted_on() -> None:
    code = "".join(path.read_text() for path in Path(app.__file__).parent.rglob("*.py"))
    assert {reason.name for reason in ElevationReason if f"ElevationReason.{reason.name}" not in code} == set()


def table_of(model: type[Scoped]) -> Table:
    table = inspect(model).local_table
    assert isinstance(table, Table)
    return table


def test_every_table_is_scoped_or_says_why_not() -> None:
    scoped = {table_of(model).name for model in scoped_models()}
    assert scoped.isdisjoint(UNSCOPED)
    assert scoped | set(UNSCOPED) == set(Base.metadata.tables)
    assert {t.name for t in Base.metadata.tables.values() if "org_path" in t.c} == scoped | {"unit"}


@pytest.mark.parametrize("model", scoped_models(), ids=lambda model: str(model.__name__))
def test_the_path_hangs_on_the_parents_path(model: type[Scoped]) -> None:
    keys = [key for key in table_of(model).foreign_key_constraints if "org_path" in key.column_keys]
    assert keys, "several where a row hangs on one of two, or on both"
    assert all(len(key.column_keys) == 2 and key.onupdate == "CASCADE" for key in keys)


@pytest.mark.parametrize("model", scoped_models(), ids=lambda model: str(model.__name__))
def test_references_between_scoped_tables_are_composite(model: type[Scoped]) -> None:
    """All but those that may cross the line on purpose, which open nothing by themselves."""
    scoped = {table_of(each).name for each in scoped_models()}
    plain = {
        f"{key.parent.table.name}.{key.parent.name}"
        for key in table_of(model).foreign_keys
        if key.column.table.name in scoped and "org_path" not in (key.constraint.column_keys if key.constraint else ())
    }
    assert plain <= {
        "intake_link.intake_id",
        "case_grant.grantee_user_id",
        "report.period_id",
        "urgent_report_text.report_id",
    }


async def test_postgresql_protects_every_scoped_table(world: World) -> None:
    if world.database is None:
        pytest.skip("SQLite has no row-level security")
    updatable = {model.__tablename__: model.__updatable__ for model in all_models()}
    with psycopg.connect(world.database.application_url.replace("+asyncpg", "")) as connection:
        for model in scoped_models():
            name = table_of(model).name
            row = connection.execute(
                "SELECT relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner) = current_user,"
                " has_table_privilege(oid, 'TRUNCATE'), has_table_privilege(oid, 'REFERENCES'),"
                " has_table_privilege(oid, 'TRIGGER'), has_table_privilege(oid, 'UPDATE')"
                " FROM pg_class WHERE oid = %s::regclass",
                [name],
            ).fetchone()
            assert row == (True, True, False, False, False, False, updatable[name] is None), name
            commands = connection.execute(
                "SELECT polcmd::text FROM pg_policy WHERE polrelid = %s::regclass AND polpermissive", [name]
            ).fetchall()
            assert sorted(command for (command,) in commands) == ["a", "d", "r", "w"], name


async def test_the_application_cannot_weaken_its_own_fence(world: World) -> None:
    if world.database is None:
        pytest.skip("SQLite has no roles")
    url = world.database.application_url.replace("+asyncpg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in (
            "TRUNCATE incident CASCADE",
            "ALTER TABLE incident DISABLE ROW LEVEL SECURITY",
            "DROP POLICY scope_read ON incident",
            "CREATE POLICY open ON incident USING (true)",
            "CREATE VIEW everything AS SELECT * FROM incident",
            "ALTER ROLE CURRENT_USER BYPASSRLS",
            "UPDATE intake SET sealed = ''",
            "UPDATE informant SET sealed = ''",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
