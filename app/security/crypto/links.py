"""Download links: an opaque, short-lived token for one variant of one attachment and one session."""

import base64
import struct
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.security.crypto.sealing import Sealer

LIFETIME_S: Final = 300
FORM: Final = struct.Struct(">8s16s16sQQ")


@dataclass(frozen=True, slots=True)
class Link:
    """Who may download what, until when (seconds since 1970). `variant` has at most eight letters."""

    variant: str
    subject: UUID
    session_id: UUID
    epoch: int
    expires_at: int


class Links:
    """Encrypted, not only signed: URLs end up in histories and logs and must reveal nothing there."""

    def __init__(self, key: bytes) -> None:
        self._sealer = Sealer(key)

    def write(self, attachment_id: UUID, link: Link) -> str:
        body = FORM.pack(link.variant.encode(), link.subject.bytes, link.session_id.bytes, link.epoch, link.expires_at)
        return base64.urlsafe_b64encode(self._sealer.seal_bytes(body, attachment_id.bytes)).decode()

    def read(self, attachment_id: UUID, token: str, now_s: float) -> Link | None:
        """The link in `token`; None if it is for another attachment, altered or expired."""
        try:
            raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
            body = self._sealer.open_bytes(raw, attachment_id.bytes)
        except ValueError:
            return None
        variant, subject, session_id, epoch, expires_at = FORM.unpack(body)
        link = Link(variant.rstrip(b"\0").decode(), UUID(bytes=subject), UUID(bytes=session_id), epoch, expires_at)
        return link if now_s < expires_at else None
