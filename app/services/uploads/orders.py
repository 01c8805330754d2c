"""What a caller asks for with an upload."""

import hmac
import json
from dataclasses import asdict, dataclass
from typing import Final, Literal
from uuid import UUID

from app.services.uploads.contract import Policy

Mode = Literal["all_or_nothing", "row_by_row"]
Format = Literal["csv", "jsonl"]
JSON_LINES: Final = "jsonl"
DIGEST_KEY: Final = "upload-digests"


@dataclass(frozen=True, slots=True)
class Order:
    dataset: str
    school_year: str | None
    policy: Policy
    mode: Mode
    is_dry_run: bool
    overwrites_edited: bool
    format: Format
    # The columns that the request names for places of the file, from 0.
    mapping: tuple[tuple[int, str], ...] = ()

    def digest(self, key: bytes, unit_id: UUID, sha256: bytes) -> str:
        """Keyed, of the content and all that was asked by a unit."""
        asked = json.dumps(asdict(self), sort_keys=True).encode()
        return hmac.digest(key, b"|".join((unit_id.bytes, asked, sha256)), "sha256").hex()
