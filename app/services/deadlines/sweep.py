"""The sweep of deadlines: acts once on every row whose time ran out, whatever the kind of deadline."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.models.base import Base
from app.repositories.base import Deadline, Repository
from app.services.platform.unit_of_work import UnitOfWork

BATCH = 100
M = TypeVar("M", bound=Base)


async def sweep(work: UnitOfWork, deadline: Deadline[M], missed: Callable[[M], Awaitable[None]]) -> None:
    """Mark each row that ran out and act on it, one transaction per batch; the caller commits the last one.

    For the worker, whose session reaches every row. Each of a batch is marked, so the sweep ends.
    """
    rows: Repository[M] = Repository(work.session)
    while True:
        run_out = await rows.run_out(deadline, work.now, BATCH)
        for row in run_out:
            deadline.mark(row, work.now)
            await missed(row)
        await work.flush()
        if len(run_out) < BATCH:
            return
        await work.commit()
