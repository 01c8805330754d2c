"""The codes of `errors[]` with their texts, read from the calls in app/ that raise them."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

from app.api.http.validation_texts import TEXTS
from app.core.problems import Text

APP = Path(__file__).parents[2] / "app"
# The function, and at which of its arguments code, Vietnamese and English stand.
RAISERS = {"invalid": (1, 2, 3), "fault": (1, 2, 3), "PydanticCustomError": (0, 2, 2), "FieldFault": (1, 2, 2)}
# They pass on a code that another call names.
PASSING_ON = {"core/problems.py", "api/http/validation_texts.py"}
Fault = tuple[str, str, str]


def faults() -> dict[str, list[tuple[str, str]]]:
    """Each code with its texts in Vietnamese and English, an ellipsis where a name or number stands."""
    found: dict[str, list[tuple[str, str]]] = {code: [_plain(text)] for code, text in TEXTS.items()}
    for path in sorted(APP.rglob("*.py")):
        for code, vi, en in _in_file(path):
            texts = found.setdefault(code, [])
            if vi and (vi, en) not in texts:
                texts.append((vi, en))
    return {code: found[code] for code in sorted(found)}


def _plain(text: Text) -> tuple[str, str]:
    return text.vi.replace("{limit}", "…"), text.en.replace("{limit}", "…")


def unread() -> list[str]:
    """The calls whose code is no constant, so that the table would lack it."""
    return [
        f"{path}:{call.lineno}"
        for path in sorted(APP.rglob("*.py"))
        if path.relative_to(APP).as_posix() not in PASSING_ON
        for call, places in _calls(ast.parse(path.read_text("utf-8")))
        if not isinstance(call.args[places[0]], ast.Constant)
    ]


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, tuple[int, int, int]]]:
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        places = RAISERS.get(name)
        if places is not None and len(call.args) > places[0]:
            yield call, places


def _in_file(path: Path) -> Iterator[Fault]:
    tree = ast.parse(path.read_text("utf-8"))
    for call, places in _calls(tree):
        code = call.args[places[0]]
        if isinstance(code, ast.Constant):
            given = _spread(call.args, tree)
            pairs = zip(places[1:], ("vi", "en"), strict=True)
            vi, en = (_text(given[place], key, path) if place < len(given) else "" for place, key in pairs)
            yield str(code.value), vi, en


def _spread(given: list[ast.expr], tree: ast.Module) -> list[ast.expr]:
    """The arguments, with the parts of a spread tuple in its place where the lines before name them."""
    found: list[ast.expr] = []
    for each in given:
        found += _parts(each.value, tree) if isinstance(each, ast.Starred) else [each]
    return found


def _parts(spread: ast.expr, tree: ast.Module) -> list[ast.expr]:
    assigned = [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and node.lineno <= spread.lineno
        if ast.unparse(node.targets[0]) == ast.unparse(spread)
    ]
    value = max(assigned, key=lambda each: each[0])[1] if assigned else spread
    return value.elts if isinstance(value, ast.Tuple) else []


def _text(node: ast.expr, key: str, path: Path) -> str:
    if isinstance(node, ast.Dict):
        members = {k.value: v for k, v in zip(node.keys, node.values, strict=True) if isinstance(k, ast.Constant)}
        return _text(members[key], key, path) if key in members else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        module = importlib.import_module(".".join(path.relative_to(APP.parent).with_suffix("").parts))
        return str(getattr(getattr(module, node.value.id, None), node.attr, ""))
    return str(node.value) if isinstance(node, ast.Constant) else ""
