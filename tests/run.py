"""What `make test` runs: format, lint, types, layers, every test, coverage, isolation, kills, and how long it took.

The tests (tests/parts.py) run beside everything else: a few more processes than two cores can bear, for each waits now
and then.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

LEAST_COVERED = 95
MEASURED = "app/services,app/repositories,app/security"
FORMAT = (("ruff", "format", "--check", "."), ("ruff", "check", "."))
KILLS = ("python", "-m", "tests.faults.run", "kills")
TYPES = (("mypy",), ("lint-imports", "--no-logo"))
ENGINES = ("not postgresql", "postgresql")
SLOWEST = "--durations=20"
ISOLATION = ("pytest", SLOWEST, "-s", "-m", "isolation", "tests/isolation", "-k")
COVERAGE = ("python", "-m", "slipcover", "--branch", "--source", MEASURED)

# A share of the cells of the access matrix and of the malformed requests; `make nightly` asks all of them.
os.environ.setdefault("ATHD_SHARE", "20")
# Dozens of processes start: each would compile every module.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["PYTHONPYCACHEPREFIX"] = str(Path(sys.prefix) / "compiled")


def tests(measure: Path) -> tuple[str, ...]:
    measured = (*COVERAGE, "--dont-wrap-pytest", "--json", "--out", str(measure), "-m", "tests.parts")
    return (*measured, SLOWEST, "-m", "not isolation and not faults", *sys.argv[1:])


def others() -> Iterator[tuple[str, ...]]:
    yield KILLS
    yield from ((*ISOLATION, engine) for engine in ENGINES)
    yield from TYPES


def report(measure: Path) -> tuple[str, ...]:
    limit = ("--skip-covered", "--fail-under", str(LEAST_COVERED))
    return (*COVERAGE, *limit, "--out", f"{measure}.merged", "--merge", str(measure))


def run(command: tuple[str, ...]) -> int:
    """The exit status. What is said is printed whole, so that commands at once stay readable."""
    started = time.monotonic()
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(f"» {' '.join(command)}\n{done.stdout}» {time.monotonic() - started:.0f} s\n", flush=True)
    return done.returncode


def run_tests(measure: Path) -> int:
    """The exit status. Each part is printed whole when it ends."""
    return subprocess.run(tests(measure), check=False, stderr=subprocess.STDOUT).returncode


def main() -> int:
    started = time.monotonic()
    if any(map(run, FORMAT)):
        return 1
    with TemporaryDirectory() as directory, ThreadPoolExecutor(1) as beside:
        measure = Path(directory) / "coverage.json"
        rest = beside.submit(lambda: list(map(run, others())))
        failed = run_tests(measure)
        if any(rest.result()) or failed or run(report(measure)):
            return 1
    # The wait depends on what else the machine does, the work does not.
    work = os.times()
    print(
        f"All checks passed in {time.monotonic() - started:.0f} s,"
        f" {work.children_user + work.children_system:.0f} s of processor time"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
