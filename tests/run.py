"""What `make test` runs: format, lint, types, layers, every test, coverage, isolation, kills, and how long it took.

Each engine's tests run beside the other's: two cores halve the wait. Coverage is measured on one engine alone, for it
doubles their time.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

LEAST_COVERED = 95
CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("lint-imports", "--no-logo"),
    ("coverage", "erase"),
)
SLOWEST = "--durations=20"
TESTS = ("-m", "pytest", SLOWEST, "-m", "not isolation and not faults", *sys.argv[1:], "-k")
ISOLATION = ("-m", "pytest", SLOWEST, "-s", "-m", "isolation", "tests/isolation", "-k")
PARTS = (
    ("coverage", "run", *TESTS, "not postgresql"),
    ("python", *TESTS, "postgresql"),
    ("python", *ISOLATION, "postgresql"),
    ("python", *ISOLATION, "not postgresql"),
)
KILLS = ("python", "-m", "tests.faults.run", "kills")
MEASURED = "app/services/*,app/repositories/*,app/security/*"
COVERAGE = (
    ("coverage", "combine", "--quiet"),
    ("coverage", "report", f"--include={MEASURED}", f"--fail-under={LEAST_COVERED}", "--precision=1"),
)


# A share of the cells of the access matrix and of the malformed requests; `make nightly` asks all of them.
os.environ.setdefault("ATHD_SHARE", "3")


def run(command: tuple[str, ...]) -> int:
    """The exit status. What is said is printed whole, so that two commands at once stay readable."""
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(f"» {' '.join(command)}\n{done.stdout}", flush=True)
    return done.returncode


def main() -> int:
    started = time.monotonic()
    if any(map(run, CHECKS)):
        return 1
    with ThreadPoolExecutor(2) as side_by_side:
        if any(list(side_by_side.map(run, PARTS))):
            return 1
    if any(map(run, (*COVERAGE, KILLS))):
        return 1
    print(f"All checks passed in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
