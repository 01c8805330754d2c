"""What the services of the registry share: the columns of a record of the caller's unit, and its blind indexes."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from app.core.names import sort_name
from app.core.text import fold
from app.models.learners.registered import Registered
from app.security.crypto.blind_index import BlindIndex
from app.services.learners.problems import wrong_period
from app.services.platform.unit_of_work import UnitOfWork

PHONE: Final = "guardian.phone"
EMAIL: Final = "guardian.email"
GUARDIAN_NAME: Final = "guardian.name"
SECRET: Final = "blind-index"  # noqa: S105 — the purpose of a key


def own(work: UnitOfWork) -> dict[str, Any]:
    """The columns of a new record that the caller's unit has, entered by hand."""
    return {"unit_id": work.actor.unit_id, **part(work)}


def part(work: UnitOfWork) -> dict[str, Any]:
    """The same of a part of a record."""
    made = {"created_at": work.now, "created_by": work.actor.id, "edited_at": work.now}
    return {"org_path": work.actor.org_path, **made}


def edit(work: UnitOfWork, row: Registered, changes: Mapping[str, Any]) -> None:
    """Change a record by hand: the next upload leaves it as it is unless asked."""
    for name, value in changes.items():
        setattr(row, name, value)
    row.edited_at = work.now


def name_columns(full_name: str) -> dict[str, Any]:
    """The columns of a name: as it is written, for finding, and for its place in a list."""
    return {"full_name": full_name, "folded_name": fold(full_name), "sort_name": sort_name(full_name)}


def code_key(code: str) -> str:
    """By which a code is one: without case, spaces and diacritics."""
    return "".join(fold(code).split())


def check_period(first: date, end: date | None, *, may_be_empty: bool = False) -> None:
    """Raises `wrong_period` (422). What was entered by mistake ends on its first day."""
    if end is not None and (end < first or (end == first and not may_be_empty)):
        raise wrong_period()


def blind_index(work: UnitOfWork) -> BlindIndex:
    return BlindIndex(work.runtime.ring.secret(SECRET))


def identifier_index(index: BlindIndex, kind: str, value: str) -> str:
    """By which a number is found: of its kind, so that equal numbers of two kinds differ."""
    return index.of_value(f"learner_identifier.{kind}", value)


def guardian_name_index(index: BlindIndex, learner_id: UUID, full_name: str) -> str:
    """By which a guardian of one learner is known again; of two learners equal names differ."""
    return index.of_value(GUARDIAN_NAME, f"{learner_id}|{fold(full_name)}")


def phone_indexes(index: BlindIndex, phone: str | None) -> dict[str, str | None]:
    """The columns by which a guardian is found, under a name of their own: they match no informant's."""
    first, second, *_ = [*index.of_phones(PHONE, phone), None, None]
    return {"phone_index": first, "second_phone_index": second}


def email_index(index: BlindIndex, email: str | None) -> str | None:
    """By which guardians with one address are known to be the same."""
    return None if email is None else index.of_value(EMAIL, fold(email))
