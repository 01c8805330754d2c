"""The sweep of deadlines: one action for every overdue row of any kind of deadline."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.models.base import Base
from app.repositories.base import Deadline, Repository
from app.services.platform.unit_of_work import UnitOfWork

BATCH = 100
M = TypeVar("M", bound=Base)


async def sweep(work: UnitOfWork, deadline: Deadline[M], missed: Callable[[M], Awaitable[None]]) -> None:
    """Mark each overdue row and act on it, one transaction per batch; the caller commits the last one.

    For the worker, which has access to every row. Every row of a batch is marked, so the sweep terminates.
    """
    rows: Repository[M] = Repository(work.session)
    while True:
        overdue = await rows.run_out(deadline, work.now, BATCH)
        for row in overdue:
            deadline.mark(row, work.now)
            await missed(row)
        await work.flush()
        if len(overdue) < BATCH:
            return
        await work.commit()
