"""Canonical form of JSON: what is digested or signed, and what is compared, has one text.

Members are sorted, without spaces (RFC 8785, for strings, integers, lists and objects).
"""

import hashlib
import json
import re
from codecs import BOM_UTF8
from typing import Any
from unicodedata import is_normalized

from app.core.text import normal

# A number with a fraction or an exponent, or such text in a string, which costs only time.
FRACTION = re.compile(rb"[0-9][.eE]")


def canonical(value: object) -> str:
    """The text of a value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(value: object) -> str:
    """SHA-256 of the canonical text in UTF-8, in hexadecimal, which anybody can compute again."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def meaning(body: bytes, value: Any) -> str:  # noqa: ANN401 — any JSON value
    """The canonical form of a body that `strict_json.loads` has parsed as `value`: two with one meaning have one form.

    Strings are NFC, and numbers have their exact decimal value: 1, 1.0 and 1e0 are one number, and two numbers that a
    float cannot distinguish are two. Nothing is filled in. Raises ValueError if it has none: two members that differ
    only by their Unicode form, or an endless exponent.
    """
    text = body.removeprefix(BOM_UTF8).decode()
    # Every part of a normalised text is normalised, but an escape hides what it stands for.
    is_plain = "\\u" not in text and is_normalized("NFC", text)
    if FRACTION.search(body):
        value = json.loads(text, parse_float=_number)
    return canonical(value if is_plain else _composed(value))


def _number(text: str) -> int | str:
    """An integer, or a text that begins with NUL, which no string of strict JSON contains."""
    mantissa, _, power = text.lower().partition("e")
    whole, _, fraction = mantissa.removeprefix("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    bare = digits.rstrip("0")
    if not bare:
        return 0
    exponent = int(power or 0) - len(fraction) + len(digits) - len(bare)
    signed = f"-{bare}" if text.startswith("-") else bare
    return int(signed) * 10**exponent if exponent >= 0 else f"\0{signed}e{exponent}"


def _composed(value: Any) -> Any:  # noqa: ANN401 — any JSON value
    if isinstance(value, str):
        return normal(value)
    if isinstance(value, list):
        return [_composed(item) for item in value]
    if not isinstance(value, dict):
        return value
    composed = {normal(name): _composed(item) for name, item in value.items()}
    if len(composed) != len(value):
        raise ValueError("two members with one name")
    return composed
