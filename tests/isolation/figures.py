"""The figures a run publishes (`pytest -s`)."""

import sys


def tell(figures: str) -> None:
    sys.stdout.write(f"\n{figures}\n")
