"""What `make test` runs: format, lint, types, layers, every test, coverage, isolation, kills, and how long it took.

Parts run side by side, a few more than two cores can bear, for each waits now and then. The largest come first, so
that none is left alone at the end.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

AT_ONCE = 3
LEAST_COVERED = 95
MEASURED = "app/services,app/repositories,app/security"
TESTS = Path(__file__).parent
FORMAT = (("ruff", "format", "--check", "."), ("ruff", "check", "."))
KILLS = ("python", "-m", "tests.faults.run", "kills")
TYPES = (("mypy",), ("lint-imports", "--no-logo"))
# The areas that take longest, in parts, the longest first; all others are one part more, which goes before them.
GROUPS = (
    ("attack", "docs"),
    ("audit", "notices", "privacy", "proposals"),
    ("cases", "duplicates", "intakes", "sharing"),
    ("accounts", "attachments", "integrations", "migrations", "setup", "units"),
    ("reports", "school_years", "work"),
)
ENGINES = ("not postgresql", "postgresql")
SLOWEST = "--durations=20"
PYTEST = ("pytest", SLOWEST)
ISOLATION = (*PYTEST, "-s", "-m", "isolation", "tests/isolation", "-k")
COVERAGE = ("python", "-m", "slipcover", "--branch", "--source", MEASURED)

# A share of the cells of the access matrix and of the malformed requests; `make nightly` asks all of them.
os.environ.setdefault("ATHD_SHARE", "20")
# Hundreds of processes start: each would compile every module.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["PYTHONPYCACHEPREFIX"] = str(Path(sys.prefix) / "compiled")


def groups() -> Iterator[tuple[str, ...]]:
    named = {name for group in GROUPS for name in group}
    folders = sorted({found.relative_to(TESTS).parts[0] for found in TESTS.glob("*/**/test_*.py")})
    for group in ([name for name in folders if name not in named], *GROUPS):
        yield tuple(f"tests/{name}" for name in group)


def parts(results: Path) -> Iterator[tuple[str, ...]]:
    """SQLite's tests are the ones measured."""
    yield from ((*ISOLATION, engine) for engine in ENGINES)
    for i, folders in enumerate(groups()):
        for engine in ENGINES:
            tests = (*PYTEST, "-m", "not isolation and not faults", *sys.argv[1:], *folders, "-k", engine)
            measured = (*COVERAGE, "--dont-wrap-pytest", "--json", "--out", str(results / f"{i}.json"), "-m")
            yield tests if engine == "postgresql" else (*measured, *tests)


def report(results: Path) -> tuple[str, ...]:
    measured = map(str, sorted(results.glob("*.json")))
    limit = ("--skip-covered", "--fail-under", str(LEAST_COVERED))
    return (*COVERAGE, *limit, "--out", str(results / "all.json"), "--merge", *measured)


def run(command: tuple[str, ...]) -> int:
    """The exit status. What is said is printed whole, so that commands at once stay readable."""
    started = time.monotonic()
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(f"» {' '.join(command)}\n{done.stdout}» {time.monotonic() - started:.0f} s\n", flush=True)
    return done.returncode


def main() -> int:
    started = time.monotonic()
    if any(map(run, FORMAT)):
        return 1
    with TemporaryDirectory() as directory, ThreadPoolExecutor(AT_ONCE) as side_by_side:
        results = Path(directory)
        if any(list(side_by_side.map(run, (KILLS, *parts(results), *TYPES)))) or run(report(results)):
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
