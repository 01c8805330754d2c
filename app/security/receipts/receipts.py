"""Receipts: eight Vietnamese words from a list of 1,024, so 80 random bits that a child can write down."""

import hmac
import secrets
from functools import cache
from importlib.resources import files

from app.core.text import fold

WORDS = 8
LIST_LENGTH = 1024


@cache
def words() -> tuple[str, ...]:
    found = tuple(files("app.security.receipts").joinpath("words_vi.txt").read_text("utf-8").split("\n")[:LIST_LENGTH])
    if len({fold(word) for word in found}) != LIST_LENGTH:
        raise ValueError("the word list must hold 1,024 words that differ without diacritics")
    return found


def new_receipt() -> str:
    return " ".join(secrets.choice(words()) for _ in range(WORDS))


def receipt_digest(receipt: str, key: bytes) -> str:
    """The same for a receipt typed with or without diacritics, in any case and with any separators.

    A fast keyed hash is enough: 80 random bits resist guessing, and without the key nobody can test a guess.
    """
    return hmac.digest(key, bare(receipt).encode(), "sha256").hex()


def bare(text: str) -> str:
    """The words only: without diacritics, in lower case, separated by single spaces."""
    return " ".join("".join(c if c.isalpha() else " " for c in fold(text)).split())
