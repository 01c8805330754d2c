"""A snapshot as JSON in one form: the same bytes from the same snapshot."""

import hashlib
import json

from app.schemas.reports.snapshots import Snapshot


def render_json(snapshot: Snapshot) -> bytes:
    """Members in order of their names, no space between them, UTF-8."""
    members = snapshot.model_dump(mode="json")
    return json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest_of(snapshot: Snapshot) -> str:
    """SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(render_json(snapshot)).hexdigest()
