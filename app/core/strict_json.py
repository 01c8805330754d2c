"""Strict JSON (RFC 8259, I-JSON RFC 7493): no NaN, no duplicate keys, no lone surrogates, no NUL.

A byte-order mark before the text is ignored (RFC 8259, section 8.1): editors and scripts on Windows write one.
"""

import json
import math
import re
from codecs import BOM_UTF8
from typing import Any, NoReturn

from app.core.problems import MALFORMED_JSON

INT64 = 2**63
MAX_INT_DIGITS = 19
MAX_DEPTH = 64
# NUL and surrogates are legal only as escapes: without one in the body, the parsed value needs no search.
SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


def loads(body: bytes) -> Any:  # noqa: ANN401 — any JSON value
    """Parse; raises `malformed_json` (400) without quoting the input."""
    try:
        value = json.loads(
            body.removeprefix(BOM_UTF8).decode("utf-8"),
            parse_constant=_refuse,
            parse_int=_integer,
            parse_float=_number,
            object_pairs_hook=_object,
        )
        if SUSPECT.search(body) or body.count(b"[") + body.count(b"{") > MAX_DEPTH:
            _check(value)
    except (ValueError, RecursionError):
        raise MALFORMED_JSON() from None
    return value


def _refuse(_: str = "") -> NoReturn:
    raise ValueError


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_INT_DIGITS or not -INT64 <= (value := int(digits)) < INT64:
        _refuse()
    return value


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        _refuse()
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        _refuse()
    return value


def _check(value: Any, depth: int = 0) -> None:  # noqa: ANN401
    if depth > MAX_DEPTH:
        _refuse()
    if isinstance(value, dict):
        for key, item in value.items():
            _check(key, depth)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, str):
        value.encode("utf-8")
        if "\0" in value:
            _refuse()
