"""Seconds from `athd serve` to its first answer, and its share of a core at rest.

`python -m benchmarks.rest [PROJECT ...] [--rounds 3] [--seconds 60]`: each project is a checkout with its own `.venv`
(this one, if none is named), on a private PostgreSQL with the demonstration province; they alternate. Bytecode is
cached, as in an installation. At rest nobody calls; the worker runs in the server.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.contestants import PROJECT
from benchmarks.machine import facts, processor_seconds, stop_cleanly_on_sigterm
from benchmarks.product import create_application, create_owner, settings
from benchmarks.report import print_facts, print_table
from tests.engines.postgres import Postgres, free_port, postgres

SETTLING_S: Final = 5.0
LONGEST_START_S: Final = 120.0
HEADER: Final = ("project", "first answer s", "range", "processor s until then", "at rest % of a core", "range")


@dataclass(slots=True)
class Installation:
    """A checkout with a database, and what was measured of it so far."""

    project: Path
    environment: dict[str, str]
    port: int
    starts: list[float] = field(default_factory=list)
    spent: list[float] = field(default_factory=list)
    at_rest: list[float] = field(default_factory=list)

    def command(self, *arguments: str) -> list[str]:
        return [str(self.project / ".venv" / "bin" / "python"), "-m", "app.cli", *arguments]

    def measure(self, seconds: float) -> None:
        began = time.monotonic()
        with self._serving() as process:
            self._await_answer(process, began + LONGEST_START_S)
            self.starts.append(time.monotonic() - began)
            self.spent.append(processor_seconds(process.pid))
            time.sleep(SETTLING_S)
            before, since = processor_seconds(process.pid), time.monotonic()
            time.sleep(seconds)
            self.at_rest.append((processor_seconds(process.pid) - before) / (time.monotonic() - since))

    @contextmanager
    def _serving(self) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen(
            self.command("serve", "--port", str(self.port)),
            cwd=self.project,
            env=self.environment,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)

    def _await_answer(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.02)
        raise RuntimeError(f"{self.project} did not start")


def install(project: Path, server: Postgres, folder: Path) -> Installation:
    """A checkout with the demonstration province on a database of its own."""
    pg_url, port = server.create_database("rest"), free_port()
    own = settings(create_owner(pg_url), create_application(pg_url), folder, port)
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    cache = {"PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    installation = Installation(project, {**inherited, **own, **cache}, port)
    subprocess.run(
        installation.command("demo"),
        cwd=project,
        env=installation.environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    installation.measure(0)  # writes the bytecode
    for figures in (installation.starts, installation.spent, installation.at_rest):
        figures.clear()
    return installation


def row(found: Installation) -> tuple[str, ...]:
    return (
        str(found.project.name),
        f"{statistics.median(found.starts):.1f}",
        f"{min(found.starts):.1f}-{max(found.starts):.1f}",
        f"{statistics.median(found.spent):.2f}",
        f"{statistics.median(found.at_rest):.1%}",
        f"{min(found.at_rest):.1%}-{max(found.at_rest):.1%}",
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Start and rest of `athd serve`.")
    parser.add_argument("projects", nargs="*", type=Path, default=[PROJECT])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=60.0, help="at rest, after each start")
    return parser.parse_args()


def main() -> int:
    stop_cleanly_on_sigterm()
    arguments = _arguments()
    projects: Sequence[Path] = arguments.projects
    with ExitStack() as stack:
        server = stack.enter_context(postgres())
        print_facts(facts((), f"PostgreSQL {server.version()}"))
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="athd-rest-"))) for _ in projects]
        found = [install(path.absolute(), server, folder) for path, folder in zip(projects, folders, strict=True)]
        for _ in range(arguments.rounds):
            for installation in found:
                installation.measure(arguments.seconds)
        print_table("From `athd serve` to the first answer, and at rest", HEADER, [row(each) for each in found])
    return 0


if __name__ == "__main__":
    sys.exit(main())
