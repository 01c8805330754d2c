"""Identifiers: UUIDv7 for rows (RFC 9562), and short codes for reading aloud."""

import re
import secrets
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from stdnum.iso7064 import mod_37_2
from uuid_utils import compat

from app.core.text import compact, normal
from app.core.time import whole_hour

RANDOM_BITS = 74
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE = re.compile(rf"[0-9]{{4}}[{ALPHABET}]{{11}}")
# What the alphabet leaves out, and what it may have been on paper.
LEFT_OUT = {"0": "DQ", "O": "DQ", "1": "J7", "I": "J7", "L": "J", "U": "V"}
DIGITS = str.maketrans("OIL", "011")
# Cyrillic and Greek capitals that look like Latin ones.
ALIKE = str.maketrans("АВЕКМНОРСТУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧĐ", "ABEKMHOPCTYXIJSABEZHIKMNOPTYXD")
# Canonical order has the dot before the circumflex or the breve, which Telex has first.
DOT_FIRST = re.compile("(\u0323)([\u0302\u0306])")
TELEX = {
    "\u0306": "W",
    "\u031b": "W",
    "\u0301": "S",
    "\u0300": "F",
    "\u0309": "R",
    "\u0303": "X",
    "\u0323": "J",
}
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
    """A code such as `2026-7K3M9-Q2XBD-M`: 49 random bits and an ISO 7064 MOD 37-2 check character, which is
    never one that the alphabet leaves out (a digit 0 or 1, I, L, O, U, *)."""
    code = checked_code(10, before=str(year))
    return f"{year}-{code[:5]}-{code[5:10]}-{code[10]}"


def checked_code(length: int, *, alphabet: str = ALPHABET, before: str = "") -> str:
    """So many random characters, and their check character (ISO 7064 MOD 37-2), which also covers what stands before.

    A body whose check character would be one that the alphabet leaves out is not used.
    """
    while True:
        body = "".join(secrets.choice(alphabet) for _ in range(length))
        check = mod_37_2.calc_check_digit(f"{before}{body}")
        if check in alphabet:
            return f"{body}{check}"


def grouped(code: str, size: int) -> str:
    """With a dash after each group, to be read aloud."""
    return "-".join(code[at : at + size] for at in range(0, len(code), size))


def read_case_code(text: str) -> str | None:
    """The stored form of a typed code; None if it is none, as its check character shows.

    Case, spaces and dashes do not matter, nor letters of another alphabet that look alike, nor that Telex was on
    (DD became Đ). One character that no code has is read as what it looks like, where the check character agrees.
    """
    typed = normal(compact(text).upper())
    readings = (reading for plain in (_latin(typed), _latin(_keys(typed))) for reading in _readings(plain))
    found = next((each for each in readings if CODE.fullmatch(each) and mod_37_2.is_valid(each)), None)
    return None if found is None else f"{found[:4]}-{found[4:9]}-{found[9:14]}-{found[14]}"


def _readings(plain: str) -> Iterator[str]:
    """Digits in the year, and as typed; or with the one character read that the alphabet leaves out."""
    year, rest = plain[:4].translate(DIGITS), plain[4:]
    yield year + rest
    foreign = [at for at, letter in enumerate(rest) if letter in LEFT_OUT]
    if len(foreign) == 1:
        at = foreign[0]
        yield from (year + rest[:at] + meant + rest[at + 1 :] for meant in LEFT_OUT[rest[at]])


def _keys(typed: str) -> str:
    """The keys behind letters that Telex composed: Đ was DD, Â was AA, Á was AS, Ư was W."""
    keys, apart = "", unicodedata.normalize("NFD", typed.replace("Đ", "DD")).replace("U\u031b", "W")
    for letter in DOT_FIRST.sub(r"\2\1", apart):
        keys += keys[-1:] if letter == "\u0302" else TELEX.get(letter, letter)
    return keys


def _latin(typed: str) -> str:
    bare = (c for c in unicodedata.normalize("NFD", typed) if not unicodedata.combining(c))
    return "".join(bare).translate(ALIKE)
