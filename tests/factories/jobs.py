"""The worker, run until nothing is due."""

from app.jobs.worker import Worker


async def drain(worker: Worker) -> None:
    while await worker.step():
        pass
