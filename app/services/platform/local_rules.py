"""What all rules of a unit's own have in common."""

from datetime import date
from typing import TypeVar
from uuid import UUID

from app.core.problems import NOT_FOUND, invalid
from app.models.base import LocalRule

L = TypeVar("L", bound=LocalRule)


def ended(found: L | None, unit_id: UUID, on: date) -> L:
    """The unit's rule, ended on a day. Raises `not_found` (404) for another's, `invalid` (422) before its start."""
    if found is None or found.unit_id != unit_id:
        raise NOT_FOUND()
    if on < found.valid_from:
        raise invalid("/valid_to", "ends_before_start", "Ngày hết hiệu lực trước ngày bắt đầu", "It ends too early")
    found.valid_to = on
    return found
