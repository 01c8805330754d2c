"""One-time codes on paper by which an account is activated: 83 random bits and an ISO 7064 MOD 37-2 check character."""

import hmac
import secrets
from typing import Final

from stdnum.iso7064 import mod_37_2

from app.core.ids import ALPHABET
from app.core.text import compact, normal

LENGTH: Final = 17
GROUP: Final = 6


def new_activation_code() -> str:
    """Such as `7K3M9Q-2XBDM4-HHV8TA`. A body whose check character the alphabet leaves out is not used."""
    while True:
        body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        check = mod_37_2.calc_check_digit(body)
        if check in ALPHABET:
            code = body + check
            return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def activation_digest(code: str, key: bytes) -> str:
    """The same for a code typed in any case and with any separators.

    A fast keyed hash is enough: the random bits resist guessing, and without the key nobody can test a guess.
    """
    return hmac.digest(key, normal(compact(code).upper()).encode(), "sha256").hex()
