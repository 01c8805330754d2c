"""A forge of access tokens: good ones, and ones that differ from a good one in a single thing."""

import base64
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from app.core.ids import new_id
from app.security.crypto.keys import KeyRing
from app.security.crypto.tokens import TokenService

Kind = tuple[str, str]
ABSENT = object()


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def compact(value: object) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()


def concatenated(der: bytes, width: int = 32) -> bytes:
    return b"".join(number.to_bytes(width, "big") for number in decode_dss_signature(der))


class Forge:
    """Signs whatever it is given with the ring's current key: header and claims are those of a good token."""

    def __init__(self, ring: KeyRing, service: TokenService, now: datetime) -> None:
        self.ring, self.service, self.now = ring, service, now
        self.good = self.mint()
        self.header: dict[str, Any] = {"alg": "ES256", "kid": ring.current.kid, "typ": "at+jwt"}
        self.claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(self.good.split(".")[1] + "=="))
        self.public = ring.current.public_pem.encode()
        self._private = load(ring.current.private_pem)

    def mint(self) -> str:
        return self.service.mint(subject=new_id(), client_id="first-party", session_id=new_id(), epoch=3, now=self.now)

    def signed(self, text: str, key: ec.EllipticCurvePrivateKey | None = None, width: int = 32) -> str:
        signature = (key or self._private).sign(text.encode("utf-8", "surrogatepass"), ec.ECDSA(hashes.SHA256()))
        return f"{text}.{b64(concatenated(signature, width))}"

    def token(self, header: object, claims: object, key: ec.EllipticCurvePrivateKey | None = None) -> str:
        return self.signed(f"{b64(compact(header))}.{b64(compact(claims))}", key)

    def headed(self, **changes: object) -> str:
        return self.token(changed(self.header, changes), self.claims)

    def claiming(self, **changes: object) -> str:
        return self.token(self.header, changed(self.claims, changes))

    def text(self, **changes: object) -> str:
        """Header and claims, unsigned."""
        return f"{b64(compact(changed(self.header, changes)))}.{b64(compact(self.claims))}"


def load(pem: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def changed(members: dict[str, Any], changes: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in {**members, **changes}.items() if value is not ABSENT}


def not_objects(whole: bytes) -> Iterator[tuple[str, bytes]]:
    """JSON, near JSON and far from it: nothing that is one object spelled in UTF-8."""
    yield from {
        "a list": b"[" + whole + b"]",
        "a string": compact(whole.decode()),
        "null": b"null",
        "an empty object": b"{}",
        "a number": b"1",
        "after a byte order mark": b"\xef\xbb\xbf" + whole,
        "in UTF-16": whole.decode().encode("utf-16"),
        "with a bad UTF-8 byte": whole[:-2] + b'\xff"}',
        "followed by more": whole + b"{}",
        "cut short": whole[:-1],
        "after NUL": b"\x00" + whole,
        "with a comment": whole + b"//",
        "with a comma too many": whole[:-1] + b",}",
        "in single quotes": whole.replace(b'"', b"'"),
        "of lists 1,400 deep": b"[" * 1400 + b"]" * 1400,
        "with a member 1,000 deep": whole[:-1] + b',"x":' + b"[" * 1000 + b"]" * 1000 + b"}",
        "of objects 400 deep": b'{"a":' * 400 + b"1" + b"}" * 400,
    }.items()
