"""Forks `athd` processes that have already imported everything, so that hundreds may be killed in minutes.

Reads one JSON object a line (`arguments`, `environment`, `log`), answers the process id of a fresh, independent child.
One that comes to its end by itself says so in the last line of its log.
"""

import gc
import importlib
import json
import os
import signal
import sys

PRELOADED = (
    "app.cli",
    "app.main",
    "app.jobs.worker",
    "app.api.http.http_protocol",
    "uvicorn",
    "uvloop",
    "asyncpg",
    "aiosqlite",
    "alembic.command",
    "app.demo.province",
    "app.services.setup.reference_data",
)

ENDED = "ended with "


def main() -> None:
    for name in PRELOADED:
        importlib.import_module(name)
    _make_routes()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(request["arguments"], request["environment"], request["log"])
        print(child, flush=True)


def _make_routes() -> None:
    """Once for all children: it is most of what a server does before its first answer."""
    from fastapi.routing import iter_route_contexts

    from app.api.resources import ROUTES

    for _ in iter_route_contexts(ROUTES):
        pass


def _become(arguments: list[str], environment: dict[str, str], log: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (written, 1), (written, 2)):
        os.dup2(source, target)
    from app.cli import main as athd

    sys.argv = ["athd", *arguments]
    try:
        athd()
    except SystemExit as end:
        print(f"{ENDED}{end.code or 0}", flush=True)
        raise


if __name__ == "__main__":
    main()
