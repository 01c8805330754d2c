"""The worker of `benchmarks.uploads`: a process that has loaded what a worker of the product has, and no more.

Reads pickled settings, goes through what is queued, and says as JSON what that took.
"""

import asyncio
import json
import pickle
import resource
import sys
import time
from dataclasses import asdict, dataclass

from app.core.settings import Settings
from app.jobs.handlers import UPLOADS
from app.jobs.worker import Worker
from app.services.setup.start import open_runtime


@dataclass(frozen=True, slots=True)
class Worked:
    """What the worker's process took: seconds, seconds of processor time, and at most so much memory."""

    seconds: float
    processor: float
    peak_mb: float


async def work_off(settings: Settings) -> float:
    """The seconds that it took."""
    runtime = open_runtime(settings)
    worker, began = Worker(runtime, UPLOADS), time.perf_counter()
    while await worker.step():
        pass
    took = time.perf_counter() - began
    await runtime.close()
    return took


async def in_process(settings: Settings) -> Worked:
    """The same in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.upload_worker", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate(pickle.dumps(settings))
    if process.returncode:
        raise RuntimeError("the worker failed")
    return Worked(**json.loads(said.splitlines()[-1]))


def main() -> None:
    settings = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 — of the benchmark itself
    began = time.process_time()
    seconds = asyncio.run(work_off(settings))
    peak = max(resource.getrusage(each).ru_maxrss for each in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps(asdict(Worked(seconds, time.process_time() - began, peak / 1024))))


if __name__ == "__main__":
    main()
