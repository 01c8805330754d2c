"""Proofs of receipt: that an intake was received on a day, signed, with nothing of what was told and by whom.

Whoever holds one and the eight words can show it to anybody, who checks it offline (docs/verify_receipt.py).
Former public keys stay published, for a proof outlives the key that made it; former private keys do not stay.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.core import clock
from app.security.key_files import ed25519, locked, new_ed25519, write_whole
from app.security.receipts import bare

KEYS = "receipt_keys.json"
CURRENT = "receipt.pem"
LEVEL = "province"


@dataclass(frozen=True, slots=True)
class ReceiptProof:
    """`payload` is canonical JSON of v, receipt_hash, level, day and kid; `signature` is Ed25519 over its bytes."""

    payload: str
    signature: str


def receipt_hash(receipt: str) -> str:
    """SHA-256 in hex of the eight words without diacritics; 80 random bits are beyond trying."""
    return hashlib.sha256(f"athd-receipt-v1 {bare(receipt)}".encode()).hexdigest()


class ReceiptSigner:
    """The present key and the public parts of all there were, in files beside the others; made on first use."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def prove(self, receipt: str, day: date) -> ReceiptProof:
        kid = str(self.published()[-1]["kid"])
        told = {"day": day.isoformat(), "kid": kid, "level": LEVEL, "receipt_hash": receipt_hash(receipt), "v": 1}
        payload = json.dumps(told, sort_keys=True, separators=(",", ":"))
        signature = ed25519(self._directory / CURRENT).sign(payload.encode())
        return ReceiptProof(payload, urlsafe_b64encode(signature).decode())

    def published(self) -> list[dict[str, str | None]]:
        """Every public key, oldest first: kid, public (hex), from and to (days, the present key's without an end)."""
        with locked(self._directory):
            if not (self._directory / KEYS).exists():
                self._add(clock.today(), [])
            found: list[dict[str, str | None]] = json.loads((self._directory / KEYS).read_text("utf-8"))
        return found

    def rotate(self, today: date) -> str:
        """Put a new key to work and forget the former private one; the new key's id."""
        known = self.published()
        with locked(self._directory):
            return self._add(today, [*known[:-1], {**known[-1], "to": today.isoformat()}])

    def _add(self, today: date, former: list[dict[str, str | None]]) -> str:
        public = new_ed25519(self._directory / CURRENT).public_key().public_bytes_raw()
        kid = hashlib.sha256(public).hexdigest()[:16]
        made = {"kid": kid, "public": public.hex(), "from": today.isoformat(), "to": None}
        write_whole(self._directory / KEYS, json.dumps([*former, made], indent=1).encode())
        return kid
