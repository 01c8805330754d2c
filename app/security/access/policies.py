"""Row-level security on PostgreSQL: the scope once more, below the ORM. Drawn from the models, so none is forgotten.

Run by the owner after each migration to head; idempotent. Roles: the owner migrates, `athd_app` serves and owns
nothing. Unset or empty settings show no row.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, text

from app.core.scoping import AccessClass
from app.models.base import Base, Scoped
from app.models.notices.notices import Notice
from app.models.sharing.grants import CaseGrant
from app.security.access.scope import scoped_models

APP_ROLE = "athd_app"
IMMUTABLE = {
    "intake": ("org_path", "holder_id", "destroyed_at"),
    "informant": ("org_path", "phone_index"),
    "destruction_certificate": ("org_path",),
    "audit_entry": ("block", "position"),
    "audit_subject": (),
    "audit_block": ("number",),
}
# What the application can add and never take away.
KEPT = frozenset({"audit_entry", "audit_subject", "audit_block", "destruction_certificate"})


def statements() -> Iterator[str]:
    """The SQL that brings grants and policies in line with the models."""
    yield f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}"
    yield f"GRANT SELECT ON alembic_version TO {APP_ROLE}"
    for table in Base.metadata.sorted_tables:
        yield f"REVOKE ALL ON {table.name} FROM {APP_ROLE}"
        yield f"GRANT {', '.join(_rights(table.name))} ON {table.name} TO {APP_ROLE}"
    for model in sorted(scoped_models(), key=lambda m: m.__name__):
        yield from _policies(model)


def _rights(table: str) -> Iterator[str]:
    yield from ("SELECT", "INSERT")
    columns = IMMUTABLE.get(table)
    if columns is None:
        yield "UPDATE"
    elif columns:
        yield f"UPDATE ({', '.join(columns)})"
    if table not in KEPT:
        yield "DELETE"


def _policies(model: type[Scoped]) -> Iterator[str]:
    table = str(model.__table__.name)  # type: ignore[attr-defined]
    read, write = {"account": ("account", "account"), "audit": ("audit", "audit")}.get(
        model.__access_class__, ("case", "write")
    )
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    for name in ("scope_read", "scope_insert", "scope_update", "scope_delete"):
        yield f"DROP POLICY IF EXISTS {name} ON {table}"
    yield f"CREATE POLICY scope_read ON {table} FOR SELECT USING ({_range(read)}{_granted(model, table)})"
    added = "true" if model.__access_class__ is AccessClass.AUDIT else _range(write)
    yield f"CREATE POLICY scope_insert ON {table} FOR INSERT WITH CHECK ({added})"
    yield f"CREATE POLICY scope_update ON {table} FOR UPDATE USING ({_range(write)}) WITH CHECK ({_range(write)})"
    yield f"CREATE POLICY scope_delete ON {table} FOR DELETE USING ({_range(write)})"


def _setting(name: str) -> str:
    # After a transaction that set it, an unset setting reads '' and not NULL.
    return f"nullif(current_setting('athd.{name}', true), '')"


def _range(name: str) -> str:
    return f"(org_path >= {_setting(name + '_lo')} AND org_path < {_setting(name + '_hi')})"


def _mine() -> str:
    return f"(grantee_unit_id = {_setting('unit')}::uuid OR grantee_user_id = {_setting('user')}::uuid)"


def _granted(model: type[Scoped], table: str) -> str:
    if model is CaseGrant:
        return f" OR {_mine()}"
    if model is Notice:
        return f" OR unit_id = {_setting('unit')}::uuid"
    if model.__grant_tier__ is None:
        return ""
    return (
        f" OR {table}.{model.__incident_key__} IN (SELECT g.incident_id FROM {CaseGrant.__tablename__} g WHERE"  # noqa: S608
        f" {_mine()} AND g.tier >= {int(model.__grant_tier__)} AND g.revoked_at IS NULL AND g.expires_at > now())"
    )


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
