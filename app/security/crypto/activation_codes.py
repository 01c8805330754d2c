"""One-time codes on paper by which an account is activated: 83 random bits and an ISO 7064 MOD 37-2 check character."""

import hmac
from typing import Final

from app.core.ids import checked_code, grouped
from app.core.text import compact, normal

LENGTH: Final = 17
GROUP: Final = 6


def new_activation_code() -> str:
    """Such as `7K3M9Q-2XBDM4-HHV8TA`."""
    return grouped(checked_code(LENGTH), GROUP)


def activation_digest(code: str, key: bytes) -> str:
    """The same for a code typed in any case and with any separators.

    A fast keyed hash is enough: the random bits resist guessing, and without the key nobody can test a guess.
    """
    return hmac.digest(key, normal(compact(code).upper()).encode(), "sha256").hex()
