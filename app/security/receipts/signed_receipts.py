"""Signed receipts: proof that an intake was received on a day, without its content or reporter.

A reporter shows it with the eight words, and anybody verifies it offline (docs/verify_receipt.py). Former public keys
stay published, because receipts outlive the keys that signed them; former private keys are deleted.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.core import time
from app.core.canonical_json import canonical
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
    """SHA-256 in hex of the eight words without diacritics; 80 random bits resist brute force."""
    return hashlib.sha256(f"athd-receipt-v1 {bare(receipt)}".encode()).hexdigest()


class ReceiptSigner:
    """The current key and all public keys so far, in the key directory; created on first use."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def prove(self, receipt: str, day: date) -> SignedReceipt:
        with locked(self._directory):
            kid, key = str(self._settled()[-1]["kid"]), ed25519(self._directory / CURRENT)
        facts = {"day": day.isoformat(), "kid": kid, "level": LEVEL, "receipt_hash": receipt_hash(receipt), "v": 1}
        payload = canonical(facts)
        return SignedReceipt(payload, urlsafe_b64encode(key.sign(payload.encode())).decode())

    def published(self) -> Published:
        """Every public key, oldest first: kid, public (hex), from and to (days; the current key has no end)."""
        with locked(self._directory):
            return self._settled()

    def rotate(self, today: date) -> str:
        """Activate a new key and delete the former private key; returns the new key's id."""
        with locked(self._directory):
            return str(self._add(today, self._settled())[-1]["kid"])

    def _settled(self) -> Published:
        """Under the lock. A key that was published but not activated, because of a crash, gets a successor."""
        path = self._directory / KEYS
        known: Published = json.loads(path.read_text("utf-8")) if path.exists() else []
        return known if known and known[-1]["kid"] == self._at_work() else self._add(time.today(), known)

    def _at_work(self) -> str | None:
        path = self._directory / CURRENT
        return _kid(ed25519(path)) if path.exists() else None

    def _add(self, today: date, known: Published) -> Published:
        """Publish before use: a receipt signed by an unpublished key could not be verified."""
        key = Ed25519PrivateKey.generate()
        former = [*known[:-1], {**known[-1], "to": today.isoformat()}] if known else []
        public = key.public_key().public_bytes_raw().hex()
        published: Published = [*former, {"kid": _kid(key), "public": public, "from": today.isoformat(), "to": None}]
        write_whole(self._directory / KEYS, json.dumps(published, indent=1).encode())
        write_whole(self._directory / CURRENT, pem(key))
        return published


def _kid(key: Ed25519PrivateKey) -> str:
    return hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]
