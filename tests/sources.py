"""The application's own source, as its syntax trees: for rules that hold for every line of it."""

import ast
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).parents[1] / "app"


def nodes() -> Iterator[ast.AST]:
    """Every node of every module."""
    for path in sorted(APP.rglob("*.py")):
        yield from ast.walk(ast.parse(path.read_text("utf-8"), str(path)))
