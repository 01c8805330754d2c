"""That the rolls of a unit changed: a job then brings in step what follows from them, such as who is asked to sign."""

import secrets
from typing import Final
from uuid import UUID

from app.services.platform.jobs import JobKind, enqueue
from app.services.platform.unit_of_work import UnitOfWork

SAID: Final = "rolls_changed"


async def rolls_changed(work: UnitOfWork, unit_id: UUID) -> None:
    """Queue one job for a unit, however many learners or guardians the transaction changes.

    Its key is of its own: a job that runs already may miss what this transaction commits.
    """
    said: set[object] = work.session.info.setdefault(SAID, set())
    if unit_id not in said:
        said.add(unit_id)
        work.after_commit(said.clear)
        await enqueue(work, JobKind.FOLLOW_ROLLS, f"{unit_id}:{secrets.token_hex(8)}", {"unit_id": str(unit_id)})
