"""What `make test` runs: format, lint, types, layers, every test with coverage, isolation, and how long it took."""

import subprocess
import sys
import time

LEAST_COVERED = 95
CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("lint-imports", "--no-logo"),
)
MEASURED = "app/services/*,app/repositories/*,app/security/*"
TESTS = (
    ("coverage", "erase"),
    ("coverage", "run", "-m", "pytest", "-m", "not isolation and not faults", *sys.argv[1:]),
    ("coverage", "combine", "--quiet"),
    ("coverage", "report", f"--include={MEASURED}", f"--fail-under={LEAST_COVERED}", "--precision=1"),
)
ISOLATION = ("pytest", "-s", "-m", "isolation", "tests/isolation", "-k")
ENGINES = ("sqlite", "not sqlite")


def run(command: tuple[str, ...]) -> int:
    print(f"» {' '.join(command)}", flush=True)
    return subprocess.run(command, check=False).returncode


def isolated() -> int:
    """The access matrix, each engine beside the other."""
    started = [subprocess.Popen((*ISOLATION, engine), stdout=subprocess.PIPE, text=True) for engine in ENGINES]
    status = 0
    for engine, process in zip(ENGINES, started, strict=True):
        print(f"» {' '.join(ISOLATION)} '{engine}'", flush=True)
        print(process.communicate()[0], flush=True)
        status = status or process.returncode
    return status


def main() -> int:
    started = time.monotonic()
    for command in (*CHECKS, *TESTS):
        if status := run(command):
            return status
    if status := isolated():
        return status
    print(f"All checks passed in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
