"""Whole classes sent to servers of the application, as many as `athd serve --workers` would start processes."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.contestants import await_port, end, launch
from benchmarks.load import Job, Message, Result, load_process
from benchmarks.product import settings
from benchmarks.signing_data import Class, Line
from tests.engines.databases import Database
from tests.engines.postgres import free_port

# One for each of the two cores that the goals name.
SERVERS: Final = 2
AT_ONCE_AT_EACH: Final = 3
WARM_S: Final = 2.0
DONE: Final = 204
PARTIES: Final = ("pupil", "guardian")
SIGNED_ON: Final = "2026-09-07"
WITHOUT_BODY: Final = {"Prefer": "return=minimal"}


@dataclass(frozen=True, slots=True)
class Sheets:
    """The n-th message signs the n-th class: all of its learners and their guardians."""

    messages: Sequence[Message]

    def __call__(self, number: int) -> Message:
        return self.messages[number]


def body_of(rows: Sequence[dict[str, str]]) -> dict[str, Any]:
    return {"way": "class_sheet", "signed_on": SIGNED_ON, "rows": rows}


def sheet_of(each: Class, path: str) -> Message:
    rows = [{"learner_id": key, "party": party, "state": "signed"} for key in each.learners for party in PARTIES]
    return Message(json.dumps(body_of(rows)).encode(), tuple(each.head.headers.items()), f"{path}/{each.id}/signatures")


@contextmanager
def servers(line: Line, database: Database, folder: Path) -> Iterator[list[int]]:
    """The ports of servers with the keys, the secrets and the database of the world of `folder`."""
    ports = [free_port() for _ in range(SERVERS)]
    world = {"ATHD_ENVIRONMENT": "test", "ATHD_PUBLIC_URL": line.world.runtime.settings.origin, "ATHD_WORKER": "false"}
    with ExitStack() as stack:
        for port in ports:
            own = folder / f"server-{port}"
            own.mkdir()
            environment = settings(database.owner_url, database.application_url, folder, port)
            process = launch(["app.cli", "serve", "--port", str(port)], {**environment, **world}, own)
            stack.callback(end, process)
            await_port(port, process, own / "log")
        yield ports


async def sign_classes(ports: Sequence[int], path: str, classes: Sequence[Class], seconds: float) -> list[Result]:
    """What each server answered. Raises `LoadError` for an answer other than 204."""
    with ExitStack() as stack:
        loads = [stack.enter_context(load_process(None)) for _ in ports]
        jobs = [_job(port, path, classes[at :: len(ports)], seconds) for at, port in enumerate(ports)]
        return await asyncio.gather(*(asyncio.to_thread(load, job) for load, job in zip(loads, jobs, strict=True)))


def _job(port: int, path: str, classes: Sequence[Class], seconds: float) -> Job:
    sheets = Sheets([sheet_of(each, path) for each in classes])
    return Job(
        port,
        "POST",
        path,
        DONE,
        tuple(WITHOUT_BODY.items()),
        make=sheets,
        seconds=seconds,
        warm_seconds=WARM_S,
        max_requests=len(classes),
        connections=AT_ONCE_AT_EACH,
    )
