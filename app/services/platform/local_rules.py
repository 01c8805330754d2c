"""Common logic of local rules."""

from datetime import date
from typing import TypeVar
from uuid import UUID

from app.core.problems import NOT_FOUND, invalid
from app.models.base import LocalRule

L = TypeVar("L", bound=LocalRule)


def ended(rule: L | None, unit_id: UUID, on: date) -> L:
    """End a local rule on a day. Raises `not_found` (404) for another unit's, `invalid` (422) before its start."""
    if rule is None or rule.unit_id != unit_id:
        raise NOT_FOUND()
    if on < rule.valid_from:
        raise invalid("/valid_to", "ends_before_start", "Ngày hết hiệu lực trước ngày bắt đầu", "It ends too early")
    rule.valid_to = on
    return rule
