"""What `make faults` and `make kills` run: the engines side by side, then the floods alone, for they promise a time."""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

PYTEST = ("pytest", "-s", "-rs", "--durations=0", "--durations-min=1", "-m", "faults")
KILLS = tuple(f"tests/faults/test_{name}.py" for name in ("kills", "shredding", "webhooks"))
ON_POSTGRES = "(postgresql or lines)"
SIDES = (f"{ON_POSTGRES} and not flood", f"not {ON_POSTGRES} and not flood")
LEAST_KILLS = {1: 200, 3: 680}
KILLED = re.compile(r"^kill -9: (\d+)", re.MULTILINE)


def run(command: tuple[str, ...]) -> tuple[bool, int]:
    """Whether it succeeded, and the kills it reports. Output is printed whole."""
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(f"» {' '.join(command)}\n{done.stdout}", flush=True)
    return done.returncode == 0, sum(map(int, KILLED.findall(done.stdout)))


def main() -> int:
    started, kills_only = time.monotonic(), sys.argv[1:] == ["kills"]
    where = KILLS if kills_only else ("tests/faults",)
    with ThreadPoolExecutor(2) as side_by_side:
        results = list(side_by_side.map(run, [(*PYTEST, *where, "-k", side) for side in SIDES]))
    if not kills_only:
        results.append(run((*PYTEST, "tests/faults/test_flood.py")))
    kills, least = sum(each for _, each in results), LEAST_KILLS[int(os.environ.get("ATHD_FAULTS", "1"))]
    print(f"{kills} kills (at least {least} are required) in {time.monotonic() - started:.0f} s")
    return 0 if kills >= least and all(is_good for is_good, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
