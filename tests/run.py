"""What `make test` runs: format, lint, types, layers, every test with coverage, isolation, and how long it took.

Each engine's tests run beside the other's: two cores halve the wait.
"""

import subprocess
import sys
import time
from contextlib import ExitStack
from functools import partial
from tempfile import TemporaryFile

LEAST_COVERED = 95
CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("lint-imports", "--no-logo"),
)
MEASURED = "app/services/*,app/repositories/*,app/security/*"
TESTS = ("coverage", "run", "-m", "pytest", "-m", "not isolation and not faults", *sys.argv[1:], "-k")
COVERAGE = (
    ("coverage", "combine", "--quiet"),
    ("coverage", "report", f"--include={MEASURED}", f"--fail-under={LEAST_COVERED}", "--precision=1"),
)
ISOLATION = ("pytest", "-s", "-m", "isolation", "tests/isolation", "-k")
ENGINES = ("sqlite", "not sqlite")


def run(command: tuple[str, ...]) -> int:
    print(f"» {' '.join(command)}", flush=True)
    return subprocess.run(command, check=False).returncode


def on_both(command: tuple[str, ...]) -> int:
    """Run each engine's part beside the other's, and print one after the other."""
    with ExitStack() as stack:
        outputs = [stack.enter_context(TemporaryFile("w+")) for _ in ENGINES]
        processes = [
            subprocess.Popen((*command, engine), stdout=output, stderr=subprocess.STDOUT)
            for engine, output in zip(ENGINES, outputs, strict=True)
        ]
        for engine, process, output in zip(ENGINES, processes, outputs, strict=True):
            process.wait()
            output.seek(0)
            print(f"» {' '.join(command)} '{engine}'\n{output.read()}", flush=True)
    return int(any(process.returncode for process in processes))


def main() -> int:
    started = time.monotonic()
    parts = (
        *(partial(run, command) for command in (*CHECKS, ("coverage", "erase"))),
        partial(on_both, TESTS),
        *(partial(run, command) for command in COVERAGE),
        partial(on_both, ISOLATION),
    )
    for part in parts:
        if status := part():
            return status
    print(f"All checks passed in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
