"""The key ring: ES256 signing keys (next, current, previous) and one master secret, in their own directory."""

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core.time import utc_now
from app.security.crypto.key_files import OTHERS, locked, own, parsed, pem, write_whole

State = Literal["next", "current", "previous"]
RING = "ring.json"
MASTER = "master.key"
LOOK_EVERY_S = 1.0
SECRET_BYTES = 32
COORDINATE_BYTES = 32


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One ES256 key. `kid` is its RFC 7638 thumbprint; a previous key verifies until `until`, others indefinitely."""

    kid: str
    state: State
    since: datetime
    private_pem: str = field(repr=False)  # logs and tracebacks must not show it
    public_pem: str
    jwk: dict[str, str]
    until: datetime | None = None

    def verifies(self, now: datetime) -> bool:
        return self.until is None or now < self.until


class KeyRing:
    """Keys on disk (directories 0700, files 0600), reloaded after another process rotates them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: dict[str, SigningKey] = {}
        self._stamp = (0, 0)
        self._looked = 0.0
        self._master = b""

    @classmethod
    def open(cls, path: Path) -> "KeyRing":
        """The ring in `path`, created on first use. Safe when several processes start at once.

        Raises PermissionError where others may read a key file, FileNotFoundError or ValueError where the master
        secret is missing or truncated: a new one could not open what the old one sealed.
        """
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.stat().st_mode & OTHERS:
            path.chmod(0o700)
        ring = cls(path)
        with locked(path):
            if not (path / RING).exists():
                if not (path / MASTER).exists():
                    write_whole(path / MASTER, secrets.token_bytes(SECRET_BYTES))
                ring._save([ring._make("current"), ring._make("next")])
        ring._master = own(path / MASTER).read_bytes()
        if len(ring._master) != SECRET_BYTES:
            raise ValueError(f"{MASTER} is damaged: restore it from its backup")
        own(path / RING)
        ring._read()
        return ring

    @property
    def current(self) -> SigningKey:
        self._look()
        return next(key for key in self._keys.values() if key.state == "current")

    def public_pem(self, kid: str) -> str | None:
        """The public key `kid`, or None if the ring has no such key that still verifies."""
        self._look()
        key = self._keys.get(kid)
        return key.public_pem if key and key.verifies(utc_now()) else None

    def jwks(self) -> dict[str, object]:
        """All public keys (RFC 7517), including the next one, so that verifiers have it before it signs."""
        self._look()
        now = utc_now()
        live = [key for key in self._keys.values() if key.verifies(now)]
        return {"keys": [{**key.jwk, "kid": key.kid, "use": "sig", "alg": "ES256"} for key in live]}

    def secret(self, purpose: str) -> bytes:
        """32 bytes derived from the master secret, independent for each purpose."""
        hkdf = HKDF(algorithm=hashes.SHA256(), length=SECRET_BYTES, salt=None, info=f"athd:{purpose}".encode())
        return hkdf.derive(self._master)

    def rotate(self, overlap: timedelta = timedelta(hours=1)) -> None:
        """next → current → previous. A previous key verifies for `overlap`, which exceeds the token lifetime."""
        with locked(self._path):
            self._read()
            now = utc_now()
            live = [key for key in self._keys.values() if key.verifies(now)]
            self._save([*(_stepped(key, now, overlap) for key in live), self._make("next")])
            self._read()

    def _make(self, state: State) -> SigningKey:
        return _signing_key(pem(ec.generate_private_key(ec.SECP256R1())).decode(), state, utc_now())

    def _save(self, keys: list[SigningKey]) -> None:
        entries = [
            {"state": k.state, "since": _iso(k.since), "until": _iso(k.until), "pem": k.private_pem} for k in keys
        ]
        write_whole(self._path / RING, json.dumps(entries).encode())

    def _read(self) -> None:
        stamp = self._stamp_on_disk()
        entries = parsed(self._path / RING)
        found = [
            _signing_key(e["pem"], e["state"], datetime.fromisoformat(e["since"]), _moment(e.get("until")))
            for e in entries
        ]
        self._keys, self._stamp = {key.kid: key for key in found}, stamp

    def _look(self) -> None:
        if time.monotonic() - self._looked < LOOK_EVERY_S:
            return
        if self._stamp_on_disk() != self._stamp:
            self._read()
        self._looked = time.monotonic()

    def _stamp_on_disk(self) -> tuple[int, int]:
        """Includes the inode: two rotations may share one modification time."""
        found = (self._path / RING).stat()
        return found.st_mtime_ns, found.st_ino


def _stepped(key: SigningKey, now: datetime, overlap: timedelta) -> SigningKey:
    if key.state == "next":
        return replace(key, state="current", since=now)
    if key.state == "current":
        return replace(key, state="previous", since=now, until=now + overlap)
    return key


def _signing_key(private_pem: str, state: State, since: datetime, until: datetime | None = None) -> SigningKey:
    private = serialization.load_pem_private_key(private_pem.encode(), None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError("the ring holds P-256 keys only")
    public = private.public_key()
    numbers = public.public_numbers()
    jwk = {"crv": "P-256", "kty": "EC", "x": _base64url(numbers.x), "y": _base64url(numbers.y)}
    thumbprint = hashlib.sha256(json.dumps(jwk, separators=(",", ":"), sort_keys=True).encode()).digest()
    public_pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    kid = base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode()
    return SigningKey(kid, state, since, private_pem, public_pem.decode(), jwk, until)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(COORDINATE_BYTES, "big")).rstrip(b"=").decode()


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
