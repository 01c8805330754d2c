"""Download links: an opaque, short-lived token for one variant of one file and one session."""

import base64
import hashlib
import struct
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from app.security.crypto.keys import KeyRing
from app.security.crypto.sealing import Sealer

LIFETIME_S: Final = 300
WATCHED_S: Final = 2 * 60 * 60
FORM: Final = struct.Struct(">8s16s16sQII")


@dataclass(frozen=True, slots=True)
class Link:
    """Who may download what, until when (seconds since 1970). `variant` has at most eight letters.

    Once used before `expires_at`, it goes on until `goes_on_until`.
    """

    file_id: UUID
    variant: str
    subject: UUID
    session_id: UUID
    epoch: int
    expires_at: int
    goes_on_until: int

    @property
    def id(self) -> UUID:
        """Of all links that say the same; it reveals none of it."""
        return UUID(bytes=hashlib.sha256(self.file_id.bytes + self.packed()).digest()[:16])

    def packed(self) -> bytes:
        who = (self.subject.bytes, self.session_id.bytes, self.epoch)
        return FORM.pack(self.variant.encode(), *who, self.expires_at, self.goes_on_until)


class Links:
    """Encrypted, not only signed: URLs end up in histories and logs and must reveal nothing there."""

    def __init__(self, key: bytes) -> None:
        self._sealer = Sealer(key)

    @classmethod
    def of(cls, ring: KeyRing, table: str) -> Self:
        """Those to the files of one table: no other table's token opens them."""
        return cls(ring.secret(f"{table}-links"))

    def write(self, link: Link) -> str:
        sealed = self._sealer.seal_bytes(link.packed(), link.file_id.bytes)
        return base64.urlsafe_b64encode(sealed).decode()

    def read(self, file_id: UUID, token: str) -> Link | None:
        """The link in `token`, expired or not; None if it is for another file or altered."""
        try:
            raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
            body = self._sealer.open_bytes(raw, file_id.bytes)
        except ValueError:
            return None
        variant, subject, session_id, *numbers = FORM.unpack(body)
        who = (UUID(bytes=subject), UUID(bytes=session_id))
        return Link(file_id, variant.rstrip(b"\0").decode(), *who, *numbers)
