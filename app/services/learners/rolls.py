"""Announces that the rolls of a unit changed: a job then updates what depends on them, such as who is asked to sign."""

import secrets
from typing import Final
from uuid import UUID

from app.services.platform.jobs import JobKind, enqueue
from app.services.platform.unit_of_work import UnitOfWork

ANNOUNCED: Final = "rolls_changed"


async def rolls_changed(work: UnitOfWork, unit_id: UUID) -> None:
    """Queue one job for a unit, however many learners or guardians the transaction changes.

    Each job has a new key, because one that already runs may miss what this transaction commits.
    """
    announced: set[object] = work.session.info.setdefault(ANNOUNCED, set())
    if unit_id not in announced:
        announced.add(unit_id)
        work.after_commit(announced.clear)
        await enqueue(work, JobKind.FOLLOW_ROLLS, f"{unit_id}:{secrets.token_hex(8)}", {"unit_id": str(unit_id)})
