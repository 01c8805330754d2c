"""Row-level security on PostgreSQL: the scope once more, below the ORM. Drawn from the models, so none is forgotten.

Run by the owner after each migration to head; idempotent. Roles: the owner migrates, `athd_app` serves and owns
nothing. Unset or empty settings show no row.
"""

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Dialect,
    String,
    Uuid,
    and_,
    cast,
    column,
    func,
    inspect,
    select,
    text,
    true,
)
from sqlalchemy.dialects import postgresql

from app.core.scoping import ADDED_BY_ALL
from app.core.time import VIETNAM
from app.models.base import Base, Scoped
from app.models.openings import Caller, Membership, Named, Opening, Through
from app.models.registry import all_models
from app.security.access.criteria import scoped_models

DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
APP_ROLE = "athd_app"
Setting = Callable[[str], ColumnElement[str]]


def statements() -> Iterator[str]:
    """The SQL that brings grants and policies in line with the models."""
    yield f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}"
    yield f"GRANT SELECT ON alembic_version TO {APP_ROLE}"
    models = {model.__tablename__: model for model in all_models()}
    for table in Base.metadata.sorted_tables:
        yield f"REVOKE ALL ON {table.name} FROM {APP_ROLE}"
        yield f"GRANT {', '.join(_rights(models[table.name]))} ON {table.name} TO {APP_ROLE}"
    for model in sorted(scoped_models(), key=lambda m: m.__name__):
        yield from policies_of(model)


def _rights(model: type[Base]) -> Iterator[str]:
    yield from ("SELECT", "INSERT")
    if model.__updatable__ is None:
        yield "UPDATE"
    elif model.__updatable__:
        yield f"UPDATE ({', '.join(model.__updatable__)})"
    if not model.__append_only__:
        yield "DELETE"


def policies_of(model: type[Scoped]) -> Iterator[str]:
    """The policies of one table, made of the same declarations as the guard's criteria."""
    table = str(model.__table__.name)  # type: ignore[attr-defined]
    name = model.__access_class__
    once = _setting if table in _membership_tables() else _once
    read = _any(_range(f"{name}_read", once), *_opened(model, model.__opened_by__, once))
    writing = [way for way in model.__opened_by__ if way.writes]
    write = _any(_range(f"{name}_write", _setting), *_opened(model, writing, _setting))
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    for policy in ("scope_read", "scope_insert", "scope_update", "scope_delete"):
        yield f"DROP POLICY IF EXISTS {policy} ON {table}"
    yield f"CREATE POLICY scope_read ON {table} FOR SELECT USING ({read})"
    added = "true" if name in ADDED_BY_ALL else write
    yield f"CREATE POLICY scope_insert ON {table} FOR INSERT WITH CHECK ({added})"
    yield f"CREATE POLICY scope_update ON {table} FOR UPDATE USING ({write}) WITH CHECK ({write})"
    yield f"CREATE POLICY scope_delete ON {table} FOR DELETE USING ({write})"


def _any(*clauses: str) -> str:
    return " OR ".join(clauses)


def _setting(name: str) -> ColumnElement[str]:
    # After a transaction that set it, an unset setting reads '' and not NULL.
    return func.nullif(func.current_setting(f"athd.{name}", true()), "")


def _once(name: str) -> ColumnElement[str]:
    """A setting that a statement reads once, however many rows it judges.

    Not within a subquery: PostgreSQL then plans no parallel worker for the whole statement.
    """
    return select(_setting(name)).scalar_subquery()


def _range(name: str, setting: Setting) -> str:
    path: ColumnElement[str] = column("org_path", String)
    return _sql(and_(path >= setting(f"{name}_lo"), path < setting(f"{name}_hi")))


def _opened(model: type[Scoped], ways: Iterable[Opening], setting: Setting) -> Iterator[str]:
    name = model.__access_class__
    columns = inspect(model).local_table.c
    for way in ways:
        caller = _caller(name, setting if isinstance(way, Named) else _setting)
        yield _sql(way.opens(columns.__getitem__, caller, Base.metadata))


def _caller(name: str, setting: Setting) -> Caller:
    return Caller(
        unit=cast(setting(f"{name}_unit"), Uuid),
        user=cast(setting(f"{name}_user"), Uuid),
        now=func.now(),
        today=cast(func.timezone(str(VIETNAM), func.now()), Date),
    )


def _membership_tables() -> set[str]:
    """The tables that a policy of another one reads."""
    ways = [way for model in scoped_models() for way in model.__opened_by__]
    through = [way for way in ways if isinstance(way, Through)]
    members = [way for way in ways if isinstance(way, Membership)] + [way.way for way in through]
    return {way.table for way in through} | {way.table for way in members}


def _sql(clause: ColumnElement[bool]) -> str:
    return f"({clause.compile(dialect=DIALECT, compile_kwargs={'literal_binds': True})})"


def lift(connection: Connection) -> None:
    """Drop every policy before a revision changes the tables they name; `apply` brings them back at head.

    Row-level security stays forced meanwhile, and without a policy shows no row.
    """
    known = text(
        "SELECT tablename, policyname FROM pg_policies"
        " WHERE schemaname = current_schema() AND policyname LIKE 'scope\\_%'"
    )
    for table, policy in connection.execute(known).all():
        connection.execute(text(f"DROP POLICY {policy} ON {table}"))


def apply(connection: Connection) -> None:
    known = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": APP_ROLE}).scalar()
    if not known:
        connection.execute(text(f"CREATE ROLE {APP_ROLE} NOLOGIN"))
    for statement in statements():
        connection.execute(text(statement))


def faults(connection: Connection) -> list[str]:
    """What is wrong with the role this connection runs as, or with a scoped table's protection."""
    found = [
        "the database role is a superuser or bypasses row-level security"
        for row in connection.execute(
            text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        )
        if row[0]
    ]
    if connection.execute(
        text("SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = 'unit'::regclass")
    ).scalar():
        found.append("the database role owns the tables")
    protection = text(
        "SELECT c.relrowsecurity AND c.relforcerowsecurity AND count(p.polname) = 4 FROM pg_class c"
        " LEFT JOIN pg_policy p ON p.polrelid = c.oid AND p.polname LIKE 'scope\\_%'"
        " WHERE c.oid = to_regclass(:table) GROUP BY c.oid, c.relrowsecurity, c.relforcerowsecurity"
    )
    for model in scoped_models():
        table = str(model.__table__.name)  # type: ignore[attr-defined]
        if not connection.execute(protection, {"table": table}).scalar():
            found.append(f"{table} is not under row-level security")
    return found
