"""A blind index finds a sealed value by equality: HMAC-SHA-256 over the column and the normalised value, 128 bit.

Without the key, which is not in the database, it tells only that two rows hold one value. So it is for values that
hardly two people share, and never for names: about four in ten Vietnamese are Nguyễn, and frequencies would tell.
"""

import hmac
from typing import Final

from app.security.crypto.phones import e164

BYTES: Final = 16


class BlindIndex:
    def __init__(self, key: bytes) -> None:
        self._key = key

    def of_phone(self, column: str, phone: str | None) -> str | None:
        """The index of a telephone number however it is written; None for what is no whole number."""
        number = e164(phone) if phone else None
        return self._of(column, number) if number else None

    def _of(self, column: str, normalised: str) -> str:
        return hmac.digest(self._key, f"{column}|{normalised}".encode(), "sha256")[:BYTES].hex()
