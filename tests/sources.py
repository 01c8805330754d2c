"""The application's own source, as its syntax trees: for rules that hold for every line of it."""

import ast
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).parents[1] / "app"


def nodes(*, without: str = "") -> Iterator[ast.AST]:
    """Every node of every module, but of the one at the path `without` in app/."""
    for path in sorted(APP.rglob("*.py")):
        if path.relative_to(APP).as_posix() != without:
            yield from ast.walk(ast.parse(path.read_text("utf-8"), str(path)))
