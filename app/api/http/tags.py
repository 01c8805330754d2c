"""Tags of the document: a router describes its own, once."""

from collections.abc import Mapping
from typing import Any

DESCRIPTIONS: dict[str, str] = {}


def tag(name: str, description: str) -> str:
    """The tag, described in the document from then on. Other routers of the area name it without a description."""
    if name in DESCRIPTIONS:
        raise LookupError(f"the tag {name} is described twice")
    DESCRIPTIONS[name] = description
    return name


def described(paths: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
    """The tags of the document's operations with their descriptions, in the order of their first use."""
    used = dict.fromkeys(name for item in paths.values() for operation in item.values() for name in operation["tags"])
    return [{"name": name, "description": DESCRIPTIONS[name]} for name in used if name in DESCRIPTIONS]
