"""Access tokens (RFC 9068): python-jose behind a strict verifier; no other module imports jose.

python-jose accepts DER keys as HMAC secrets, ignores `crit` and raises errors of other kinds. This module therefore
validates every byte first: one algorithm, one key chosen by `kid`, and exact claims only.
"""

import base64
import json
import re
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from jose import jwk, jwt

from app.core.ids import new_id
from app.security.crypto.keys import KeyRing

ALGORITHM = "ES256"
TYPE = "at+jwt"
MAX_LENGTH = 4096
MAX_LIFETIME_S = 900
SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
HEADER = frozenset({"alg", "kid", "typ"})
CLAIMS = frozenset({"iss", "aud", "sub", "client_id", "iat", "nbf", "exp", "jti", "sid", "ver"})
# VSCHAR and NQCHAR of RFC 6749, appendix A: the characters of client ids and scopes.
CLIENT_ID = re.compile(r"[ -~]+", re.ASCII)
SCOPE = re.compile(r"[!#-\[\]-~]+(?: [!#-\[\]-~]+)*", re.ASCII)
# jose compares times with the machine's clock instead of the caller's `now`, and require_exp re-enables that.
JOSE_OPTIONS = {
    **{f"require_{name}": True for name in ("sub", "aud", "iss", "jti")},
    **{f"verify_{name}": False for name in ("exp", "nbf", "iat")},
}

if jwk.ECKey.__module__ != "jose.backends.cryptography_backend" or "ecdsa" in sys.modules:
    raise ImportError("python-jose must run on the cryptography backend")


class TokenError(Exception):
    """The token is invalid or expired. Never quotes the token."""


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """The claims of an access token; times in seconds since 1970."""

    subject: UUID
    client_id: str
    session_id: UUID
    token_id: UUID
    epoch: int
    issued_at: int
    expires_at: int
    scope: tuple[str, ...]


class TokenService:
    """Issues and verifies access tokens of one issuer for one audience; `leeway_s` allows for clocks that run ahead."""

    def __init__(
        self, ring: KeyRing, issuer: str, audience: str, lifetime_s: int = MAX_LIFETIME_S, leeway_s: int = 5
    ) -> None:
        if not 0 < lifetime_s <= MAX_LIFETIME_S:
            raise ValueError("an access token lives at most 15 minutes")
        self._ring, self._issuer, self._audience = ring, issuer, audience
        self._lifetime, self._leeway = lifetime_s, leeway_s

    def mint(
        self,
        *,
        subject: UUID,
        client_id: str,
        session_id: UUID,
        epoch: int,
        now: datetime,
        scope: tuple[str, ...] = (),
    ) -> str:
        """A token valid from `now`. Raises ValueError for claims that `verify` would refuse."""
        text = " ".join(scope)
        if epoch < 1 or not CLIENT_ID.fullmatch(client_id) or (scope and not SCOPE.fullmatch(text)):
            raise ValueError("epochs count from 1; client ids and scopes are as in RFC 6749")
        issued = int(now.timestamp())
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(subject),
            "client_id": client_id,
            "iat": issued,
            "nbf": issued,
            "exp": issued + self._lifetime,
            "jti": str(new_id()),
            "sid": str(session_id),
            "ver": epoch,
        }
        if scope:
            claims["scope"] = text
        key = self._ring.current
        token: str = jwt.encode(claims, key.private_pem, ALGORITHM, headers={"kid": key.kid, "typ": TYPE})
        if len(token) > MAX_LENGTH:
            raise ValueError(f"client id and scopes make a token of more than {MAX_LENGTH} characters")
        return token

    def verify(self, token: str, now: datetime) -> AccessClaims:
        """The claims of a valid token. Raises only TokenError for any other string.

        An ES256 signature (r, s) has a second valid form (r, n - s), which RFC 7518 does not forbid. That changes no
        claim: sessions are revoked by `sid` and `ver`, and no lookup uses the token's text.
        """
        try:
            return self._verify(token, now)
        except (TokenError, OSError):  # OSError: the key ring is unreachable, not a bad token
            raise
        except Exception:  # noqa: BLE001 — any error of jose means a bad token, never a 500
            raise TokenError from None

    def _verify(self, token: str, now: datetime) -> AccessClaims:
        if len(token) > MAX_LENGTH or not SHAPE.fullmatch(token):
            raise TokenError
        header, payload, _ = (_decode(segment) for segment in token.split("."))
        members, claims = _members(header), _members(payload)
        pem = self._key(members)
        jwt.decode(
            token, pem, algorithms=[ALGORITHM], audience=self._audience, issuer=self._issuer, options=JOSE_OPTIONS
        )
        return self._judge(claims, int(now.timestamp()))

    def _key(self, header: dict[str, Any]) -> str:
        if header.keys() != HEADER or header["alg"] != ALGORITHM or header["typ"] != TYPE:
            raise TokenError
        pem = self._ring.public_pem(header["kid"]) if isinstance(header["kid"], str) else None
        if pem is None:
            raise TokenError
        return pem

    def _judge(self, claims: dict[str, Any], now: int) -> AccessClaims:
        if claims.keys() - {"scope"} != CLAIMS or (claims["iss"], claims["aud"]) != (self._issuer, self._audience):
            raise TokenError
        issued, begins, ends = (_whole(claims[name]) for name in ("iat", "nbf", "exp"))
        in_time = issued <= begins <= now + self._leeway and now < ends
        if not in_time or not 0 < ends - issued <= self._lifetime or _whole(claims["ver"]) < 1:
            raise TokenError
        return AccessClaims(
            subject=_uuid(claims["sub"]),
            client_id=_spelled(claims["client_id"], CLIENT_ID),
            session_id=_uuid(claims["sid"]),
            token_id=_uuid(claims["jti"]),
            epoch=claims["ver"],
            issued_at=issued,
            expires_at=ends,
            scope=tuple(_spelled(claims["scope"], SCOPE).split(" ")) if "scope" in claims else (),
        )


def _decode(segment: str) -> bytes:
    """Canonical base64url without padding."""
    raw = base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != segment:
        raise TokenError
    return raw


def _members(raw: bytes) -> dict[str, Any]:
    value = json.loads(raw.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse, parse_float=_refuse)
    if not isinstance(value, dict) or any(isinstance(v, dict | list) for v in value.values()):
        raise TokenError
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise TokenError
    return value


def _refuse(_: str) -> NoReturn:
    raise TokenError


def _whole(value: object) -> int:
    if type(value) is not int or abs(value) > 2**53:
        raise TokenError
    return value


def _spelled(value: object, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise TokenError
    return value


def _uuid(value: object) -> UUID:
    if not isinstance(value, str) or str(found := UUID(value)) != value:
        raise TokenError
    return found
