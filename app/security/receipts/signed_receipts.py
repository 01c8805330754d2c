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

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.core import time
from app.security.crypto.key_files import ed25519, locked, pem, write_whole
from app.security.receipts.receipts import bare

KEYS = "receipt_keys.json"
CURRENT = "receipt.pem"
LEVEL = "province"
Published = list[dict[str, str | None]]


@dataclass(frozen=True, slots=True)
class SignedReceipt:
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

    def prove(self, receipt: str, day: date) -> SignedReceipt:
        with locked(self._directory):
            kid, key = str(self._settled()[-1]["kid"]), ed25519(self._directory / CURRENT)
        told = {"day": day.isoformat(), "kid": kid, "level": LEVEL, "receipt_hash": receipt_hash(receipt), "v": 1}
        payload = json.dumps(told, sort_keys=True, separators=(",", ":"))
        return SignedReceipt(payload, urlsafe_b64encode(key.sign(payload.encode())).decode())

    def published(self) -> Published:
        """Every public key, oldest first: kid, public (hex), from and to (days, the present key's without an end)."""
        with locked(self._directory):
            return self._settled()

    def rotate(self, today: date) -> str:
        """Put a new key to work and forget the former private one; the new key's id."""
        with locked(self._directory):
            return str(self._add(today, self._settled())[-1]["kid"])

    def _settled(self) -> Published:
        """Under the lock. A key that was published and never put to work, by a crash between, gets a successor."""
        path = self._directory / KEYS
        known: Published = json.loads(path.read_text("utf-8")) if path.exists() else []
        return known if known and known[-1]["kid"] == self._at_work() else self._add(time.today(), known)

    def _at_work(self) -> str | None:
        path = self._directory / CURRENT
        return _kid(ed25519(path)) if path.exists() else None

    def _add(self, today: date, known: Published) -> Published:
        """Published first: a proof by a key that nobody can look up would be worth nothing."""
        key = Ed25519PrivateKey.generate()
        former = [*known[:-1], {**known[-1], "to": today.isoformat()}] if known else []
        public = key.public_key().public_bytes_raw().hex()
        published: Published = [*former, {"kid": _kid(key), "public": public, "from": today.isoformat(), "to": None}]
        write_whole(self._directory / KEYS, json.dumps(published, indent=1).encode())
        write_whole(self._directory / CURRENT, pem(key))
        return published


def _kid(key: Ed25519PrivateKey) -> str:
    return hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]
