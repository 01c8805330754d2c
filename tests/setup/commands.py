"""The operator's commands as real processes."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from app.core.settings import ELSEWHERE, PREFIX
from tests.faults.nursery import ENDED
from tests.faults.site import Nursery

LONGEST_S = 300.0


def bare_environment(directory: Path, **settings: str) -> dict[str, str]:
    """Nothing is set but where the data lies, and what is given."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX) or name in ELSEWHERE}
    own = {"ATHD_DATA_DIR": str(directory / "data"), "ATHD_WORKER": "false"}
    return {**inherited, **own, **{f"{PREFIX}{name}": value for name, value in settings.items()}}


@dataclass(frozen=True, slots=True)
class Commands:
    """`athd` processes that have imported everything already."""

    directory: Path
    nursery: Nursery = field(default_factory=Nursery)
    numbers: Iterator[int] = field(default_factory=count)

    def begin(self, arguments: Sequence[str], environment: dict[str, str]) -> Path:
        """Where the process writes what it says."""
        log = self.directory / f"{next(self.numbers)}.log"
        self.nursery.fork(list(arguments), environment, log)
        return log

    def end(self, log: Path) -> tuple[int, list[str]]:
        """The exit status of a process that comes to its end, and its lines."""
        deadline = time.monotonic() + LONGEST_S
        while not (lines := log.read_text("utf-8").splitlines() if log.exists() else []) or ENDED not in lines[-1]:
            assert time.monotonic() < deadline, lines
            time.sleep(0.05)
        return int(lines[-1].removeprefix(ENDED)), lines[:-1]

    def run(self, arguments: Sequence[str], environment: dict[str, str]) -> tuple[int, list[str]]:
        return self.end(self.begin(arguments, environment))
