"""The figures a run publishes (`pytest -s`)."""

import sys


def publish(figures: str) -> None:
    sys.stdout.write(f"\n{figures}\n")
