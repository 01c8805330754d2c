"""Authenticated encryption of short values (AES-256-GCM): a random nonce, then ciphertext and tag."""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class Sealer:
    """Binds each value to its row by the associated data (`aad`): moved to another row, it does not open."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, text: str, aad: str) -> str:
        return base64.b64encode(self.seal_bytes(text.encode(), aad.encode())).decode()

    def open(self, sealed: str, aad: str) -> str:
        """Raises ValueError if the value was altered, moved, or sealed with another key."""
        return self.open_bytes(base64.b64decode(sealed), aad.encode()).decode()

    def seal_bytes(self, plain: bytes, aad: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, aad)

    def open_bytes(self, sealed: bytes, aad: bytes) -> bytes:
        """Raises ValueError as `open` does."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
        except InvalidTag as error:
            raise ValueError("the sealed value does not open here") from error
