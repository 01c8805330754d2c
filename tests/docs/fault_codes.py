"""The codes of `errors[]` with their texts, read from the calls in app/ that raise them."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

from app.api.http.validation_texts import TEXTS
from app.core.problems import Text

APP = Path(__file__).parents[2] / "app"
# The function, and at which of its arguments code, Vietnamese and English stand.
RAISERS = {"invalid": (1, 2, 3), "fault": (1, 2, 3), "PydanticCustomError": (0, 2, 2)}
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


def _in_file(path: Path) -> Iterator[Fault]:
    for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        places = RAISERS.get(name)
        if places is None or len(call.args) <= max(places):
            continue
        code = call.args[places[0]]
        if isinstance(code, ast.Constant):
            vi, en = (_text(call.args[place], key, path) for place, key in zip(places[1:], ("vi", "en"), strict=True))
            yield str(code.value), vi, en


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
