"""A definition as it is stored, and its digest, which anybody can compute again."""

import hashlib
import json
from typing import Any

from app.core.canonical_json import canonical
from app.schemas.reports.definitions import Definition


def stored(definition: Definition) -> dict[str, Any]:
    """The document without what is default, so that a member added to the form changes no older document."""
    return definition.model_dump(mode="json", exclude_defaults=True)


def digest_of(document: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON of a stored definition."""
    return hashlib.sha256(canonical(json.dumps(document, ensure_ascii=False).encode(), document)).hexdigest()
