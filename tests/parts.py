"""pytest, with the parts of a run side by side, each in a process forked once everything is imported and collected.

A part is a group of areas on one engine, with fixtures of its own. All that parts share is what is imported, a
server of PostgreSQL, and what worlds are copied from.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

AT_ONCE = 3
THREADS_END_S = 30
# The PostgreSQL that tests use, where one is named.
NAMED = "ATHD_TEST_POSTGRES_URL"
TESTS = Path(__file__).parent
# The areas that take longest, in groups, the longest first; all others are one group more, which goes before them.
GROUPS = (
    ("attack", "docs"),
    ("audit", "notices", "privacy", "proposals"),
    ("cases", "duplicates", "intakes", "sharing"),
    ("accounts", "attachments", "integrations", "migrations", "setup", "units"),
    ("reports", "school_years", "work"),
)
OTHERS = "other areas"
ENGINES = ("sqlite", "postgresql")


class Part(NamedTuple):
    name: str
    items: list[pytest.Item]


class Running(NamedTuple):
    part: Part
    output: Path
    started: float


class SideBySide:
    """The plugin: the first process runs the parts, the process of a part its tests."""

    def __init__(self, outputs: Path, servers: ExitStack) -> None:
        self.outputs = outputs
        self.servers = servers
        self.is_part = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if session.testsfailed:
            return None
        _prepare(self.servers)
        waiting, running, failed = deque(parts(session.items)), dict[int, Running](), 0
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                part = waiting.popleft()
                output = self.outputs / part.name
                sys.stdout.flush()
                child = os.fork()
                if child == 0:
                    self.is_part = True
                    _become(session, part, output)
                    return None
                running[child] = Running(part, output, time.monotonic())
            child, status = os.wait()
            failed += status != 0
            _report(running.pop(child))
        session.testsfailed = failed
        return True


def parts(items: list[pytest.Item]) -> Iterator[Part]:
    """Those that have tests. What names no engine goes with SQLite."""
    groups = {name: " ".join(group) for group in GROUPS for name in group}
    found: dict[str, list[pytest.Item]] = {
        f"{group} on {engine}": [] for group in (OTHERS, *dict.fromkeys(groups.values())) for engine in ENGINES
    }
    for item in items:
        group = groups.get(item.path.relative_to(TESTS).parts[0], OTHERS)
        engine = ENGINES["postgresql" in item.nodeid]
        found[f"{group} on {engine}"].append(item)
    return (Part(name, some) for name, some in found.items() if some)


def _prepare(servers: ExitStack) -> None:
    """One PostgreSQL for all parts, and what worlds are copied from."""
    # Not before pytest, which rewrites the assertions of what it is the first to import.
    from tests.engines.databases import server
    from tests.world import original

    running = servers.enter_context(server())
    os.environ[NAMED] = running.base_url
    for place in (None, running):
        asyncio.run(original(place))
    # The thread of a closed connection ends a moment later, on a busy machine a long one.
    ends = time.monotonic() + THREADS_END_S
    while (running_threads := _threads()) > 1 and time.monotonic() < ends:
        time.sleep(0.01)
    assert running_threads == 1, "a module starts threads when it is imported; a fork would wait for them for ever"


def _threads() -> int:
    """Those of this process; 1 where the system does not say."""
    found = Path("/proc/self/task")
    return len(list(found.iterdir())) if found.exists() else 1


def _become(session: pytest.Session, part: Part, output: Path) -> None:
    with output.open("wb") as written:
        for stream in (1, 2):
            os.dup2(written.fileno(), stream)
    session.items = part.items
    session.testscollected = len(part.items)


def _report(ended: Running) -> None:
    """What a part said, whole, so that parts at once stay readable."""
    said = ended.output.read_text("utf-8", "replace")
    print(f"» {ended.part.name}\n{said}» {time.monotonic() - ended.started:.0f} s\n", flush=True)


def main() -> int:
    with tempfile.TemporaryDirectory() as outputs, ExitStack() as servers:
        plugin, status = SideBySide(Path(outputs), servers), 1
        try:
            # Output is captured as Python writes it: a part's own stays with the part.
            status = int(pytest.main(["--capture=sys", *sys.argv[1:]], plugins=[plugin]))
        finally:
            if plugin.is_part:
                sys.stdout.flush()
                # Without what ends the first process, such as its measure of coverage.
                os._exit(status)
    return status


if __name__ == "__main__":
    sys.exit(main())
