"""A blind index finds a sealed value by equality: HMAC-SHA-256 of the column and the normalised value, 128 bits.

Without the key, which is not in the database, it reveals only that two rows have the same value. It suits values that
are almost unique, never names: about 40 % of Vietnamese are called Nguyễn, and frequencies would reveal them.
"""

import hmac
from typing import Final

from app.security.crypto.phones import numbers

BYTES: Final = 16


class BlindIndex:
    def __init__(self, key: bytes) -> None:
        self._key = key

    def of_phones(self, column: str, said: str | None) -> list[str]:
        """The index of each complete telephone number in what was said, in any notation."""
        return [self._of(column, number) for number in numbers(said or "")]

    def of_value(self, column: str, normalised: str) -> str:
        """The index of a value in its one form: a number that is almost unique, or a value with its record's id."""
        return self._of(column, normalised)

    def _of(self, column: str, normalised: str) -> str:
        return hmac.digest(self._key, f"{column}|{normalised}".encode(), "sha256")[:BYTES].hex()
