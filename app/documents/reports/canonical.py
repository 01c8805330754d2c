"""JSON in one form: the same bytes from the same members."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from app.schemas.reports.snapshots import Snapshot


def render_json(snapshot: Snapshot) -> bytes:
    """The snapshot with the members that it was stored with: one that the form has gained since is not filled in."""
    return canonical(snapshot.model_dump(mode="json", exclude_unset=True))


def canonical(members: Mapping[str, Any]) -> bytes:
    """Members in order of their names, no space between them, UTF-8."""
    return json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest_of(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
