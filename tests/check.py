"""What `make check` runs: format, lint, types, contracts, and the tests of the changed areas, on SQLite.

Changed is what differs from `main`, or on `main` from where it was last pushed; without either, from the last commit.
"""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
LAYERS = frozenset({"api", "services", "repositories", "models", "schemas"})
CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("lint-imports", "--no-logo"),
)
# What every change can break, and quickly shows.
ALWAYS = ("tests/docs/test_openapi.py", "tests/security/test_roles.py", "tests/setup")
QUICK = ("-q", "-m", "not isolation and not faults and not attack", "-k", "not postgresql")


def git(*arguments: str) -> list[str]:
    done = subprocess.run(("git", *arguments), cwd=ROOT, check=False, capture_output=True, text=True)
    return done.stdout.splitlines() if done.returncode == 0 else []


def base() -> str:
    """The commit that the work began from."""
    on_main = git("branch", "--show-current") == ["main"]
    for known in ("origin/main",) if on_main else ("main", "origin/main"):
        if found := git("merge-base", known, "HEAD"):
            return found[0]
    return "HEAD~1"


def changed() -> list[str]:
    return [*git("diff", "--name-only", base()), *git("ls-files", "--others", "--exclude-standard")]


def area(path: str) -> str | None:
    """The folder of tests of a file's area or package. The base modules of a layer have none: `make test` has them."""
    match Path(path).with_suffix("").parts:
        case ("app", layer, name, *_) if layer in LAYERS:
            return name
        case ("app" | "tests", name, *_):
            return name
        case ("migrations" | "docs" as name, *_):
            return name
    return None


def folders() -> list[str]:
    names = sorted({name for path in changed() if (name := area(path)) is not None})
    return [f"tests/{name}" for name in names if (TESTS / name).is_dir() and any((TESTS / name).glob("test_*.py"))]


def run(command: tuple[str, ...]) -> int:
    done = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(f"» {' '.join(command)}\n{done.stdout}", flush=True)
    return done.returncode


def checks() -> int:
    return max(map(run, CHECKS))


def main() -> int:
    started, wanted = time.monotonic(), list(dict.fromkeys([*folders(), *ALWAYS]))
    with ThreadPoolExecutor(2) as side_by_side:
        statuses = [
            side_by_side.submit(checks),
            side_by_side.submit(run, (sys.executable, "-m", "pytest", *QUICK, *wanted)),
        ]
        failed = any(status.result() for status in statuses)
    print(f"{'Failed' if failed else 'Passed'} in {time.monotonic() - started:.0f} s; tests: {', '.join(wanted)}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
