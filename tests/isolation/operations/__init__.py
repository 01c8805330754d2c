"""Every operation of the API, by area: who may call it, on what, with which body, and what it answers when it may.

A new area adds one file with `OPERATIONS`, and its line here. An operation of the document that is in none of them
fails the matrix, so that none is forgotten.
"""

from tests.isolation.operation import Operation
from tests.isolation.operations import (
    accounts,
    attachments,
    audit,
    cases,
    deadlines,
    duplicates,
    http,
    intakes,
    notices,
    privacy,
    reference,
    referrals,
    sharing,
    units,
)

AREAS: tuple[dict[str, Operation], ...] = (
    cases.OPERATIONS,
    duplicates.OPERATIONS,
    sharing.OPERATIONS,
    privacy.OPERATIONS,
    notices.OPERATIONS,
    audit.OPERATIONS,
    deadlines.OPERATIONS,
    intakes.OPERATIONS,
    referrals.OPERATIONS,
    attachments.OPERATIONS,
    reference.OPERATIONS,
    units.OPERATIONS,
    accounts.OPERATIONS,
    http.OPERATIONS,
)
OPERATIONS: dict[str, Operation] = {name: operation for area in AREAS for name, operation in area.items()}
SEARCHES = cases.SEARCHES
