"""Codes of slips, their PINs, and the nonces that tie an act to a reading.

A code has 19 random characters of Crockford's alphabet (95 bits) and an ISO 7064 MOD 37-2 check character, so a fast
keyed digest protects it. A PIN has 6 digits: the waits after wrong ones protect it, its digest does not.
"""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from app.core.ids import checked_code, grouped
from app.core.text import compact

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH, GROUP = 20, 4
PIN_DIGITS = 6
LOOKS_LIKE: Final = str.maketrans("OIL", "011")
NONCE_LASTS: Final = timedelta(minutes=30)
_TIME, _RANDOM, _MAC = 8, 16, 32


def new_code() -> str:
    """In groups, such as `7K3M-9Q2X-BD4T-0VWE-8HNP`."""
    return grouped(checked_code(LENGTH - 1, alphabet=ALPHABET), GROUP)


def bare(text: str) -> str:
    """A code as typed: in any case, with any separators, and with O, I or L in place of 0 and 1."""
    return "".join(c for c in compact(text).upper() if c.isalnum()).translate(LOOKS_LIKE)


def new_pin() -> str:
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}}"


@dataclass(frozen=True, slots=True)
class SlipSecrets:
    key: bytes

    def code(self, code: str) -> str:
        """The digest of a code."""
        return self._mac("code", bare(code).encode()).hex()

    def pin(self, slip_id: str, pin: str) -> str:
        """The digest of a PIN: equal PINs of two slips differ."""
        return self._mac("pin", f"{slip_id}|{pin}".encode()).hex()

    def new_nonce(self, code: str, now: datetime) -> tuple[str, datetime]:
        """A nonce for one act with a code, and when it expires. It is stored only once it is used."""
        until = (now + NONCE_LASTS).replace(microsecond=0)
        body = int(until.timestamp()).to_bytes(_TIME) + secrets.token_bytes(_RANDOM)
        return urlsafe_b64encode(body + self._nonce(code, body)).decode().rstrip("="), until

    def expiry(self, code: str, nonce: str, now: datetime) -> datetime | None:
        """When a nonce expires; None for an expired one and for one of another code."""
        raw = _decoded(nonce)
        body, mac = raw[: _TIME + _RANDOM], raw[_TIME + _RANDOM :]
        if not hmac.compare_digest(self._nonce(code, body), mac):
            return None
        until = datetime.fromtimestamp(int.from_bytes(body[:_TIME]), UTC)
        return until if until > now else None

    def spent(self, nonce: str) -> str:
        """The digest of a used nonce, the same for every Base64 spelling of it."""
        return self._mac("spent", _decoded(nonce)).hex()

    def _nonce(self, code: str, body: bytes) -> bytes:
        return self._mac("nonce", bare(code).encode() + b"|" + body)

    def _mac(self, purpose: str, message: bytes) -> bytes:
        return hmac.digest(self.key, purpose.encode() + b"|" + message, "sha256")


def _decoded(nonce: str) -> bytes:
    """The bytes of a nonce, filled up. Base64 spells the same bytes in many ways."""
    try:
        raw = urlsafe_b64decode(nonce + "=" * (-len(nonce) % 4))
    except ValueError:
        raw = b""
    return raw.ljust(_TIME + _RANDOM + _MAC, b"\0")
