"""Identifiers: UUIDv7 for rows (RFC 9562), and short codes for reading aloud."""

import secrets
from datetime import datetime
from uuid import UUID

from stdnum.iso7064 import mod_37_2
from uuid_utils import compat

from app.core.time import whole_hour

RANDOM_BITS = 74
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 15
PATH_KEY_LENGTH = 8


def new_id() -> UUID:
    return compat.uuid7()


def id_of_hour(moment: datetime) -> UUID:
    """A UUIDv7 that reveals only the hour: it sorts by its hour, and at random within it."""
    low = secrets.randbits(RANDOM_BITS)
    milliseconds = int(whole_hour(moment).timestamp()) * 1000
    return UUID(int=milliseconds << 80 | 7 << 76 | low >> 62 << 64 | 0b10 << 62 | low & ((1 << 62) - 1))


def path_key() -> str:
    """A unit's segment of `org_path`: 8 characters, random, never re-used when units are renamed or moved."""
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(PATH_KEY_LENGTH))


def case_code(year: int) -> str:
    """A code such as `2026-7K3M9-Q2XBD-M`: 49 random bits and an ISO 7064 MOD 37-2 check character."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(10))
    check = mod_37_2.calc_check_digit(f"{year}{body}")
    return f"{year}-{body[:5]}-{body[5:]}-{check}"


def read_case_code(text: str) -> str | None:
    """The stored form of a typed code; None if its check character is wrong."""
    plain = text.replace("-", "").upper()
    if len(plain) != CODE_LENGTH or not mod_37_2.is_valid(plain):
        return None
    return f"{plain[:4]}-{plain[4:9]}-{plain[9:14]}-{plain[14]}"
