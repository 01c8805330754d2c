"""A scope as settings of a PostgreSQL transaction, which row-level security reads (policies.py)."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, text

from app.core.database import set_at_begin
from app.core.scoping import AccessClass
from app.security.access.prepared import Scoping

# One row of one column, whatever the number of access classes.
SETTINGS: Final = text(
    "SELECT count(set_config('athd.' || name, value, true))"
    " FROM unnest(CAST(:names AS text[]), CAST(:values AS text[])) AS setting (name, value)"
)
NO_ENDS: Final = ("", "")


def settings_of(scope: Scoping) -> dict[str, str]:
    """By name; an empty one shows nothing."""
    return {
        f"{access_class}_{name}": value
        for access_class, access in zip(AccessClass, scope.accesses, strict=True)
        for name, value in (
            *zip(("read_lo", "read_hi"), access.read.ends or NO_ENDS, strict=True),
            *zip(("write_lo", "write_hi"), access.write.ends or NO_ENDS, strict=True),
            ("unit", str(access.unit_id or "")),
            ("user", str(access.user_id or "")),
        )
    }


def set_settings(connection: Connection, settings: Mapping[str, str]) -> None:
    """Set them for the transaction that runs."""
    connection.execute(SETTINGS, {"names": list(settings), "values": list(settings.values())})


def begin_with(connection: Connection, scope: Scoping) -> None:
    """Set a scope for a transaction that begins: it ends with it and cannot reach the pool's next user."""
    if connection.dialect.name == "postgresql":
        settings = {name: value for name, value in settings_of(scope).items() if value}
        if not set_at_begin(connection, settings):
            set_settings(connection, settings)
