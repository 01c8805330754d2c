"""The tables of reference data that a release brings."""

import csv
from collections.abc import Iterator
from importlib.resources import files


def rows(name: str) -> Iterator[dict[str, str]]:
    text = files("app.reference").joinpath(f"{name}.csv").read_text("utf-8")
    yield from csv.DictReader(text.splitlines())
