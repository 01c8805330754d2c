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
    ("coverage", "run", "-m", "pytest", "-m", "not isolation", *sys.argv[1:]),
    ("coverage", "combine", "--quiet"),
    ("pytest", "-s", "-m", "isolation", "tests/isolation"),
    ("coverage", "report", f"--include={MEASURED}", f"--fail-under={LEAST_COVERED}", "--precision=1"),
)


def main() -> int:
    started = time.monotonic()
    for command in (*CHECKS, *TESTS):
        print(f"» {' '.join(command)}", flush=True)
        if status := subprocess.run(command, check=False).returncode:
            return status
    print(f"All checks passed in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
