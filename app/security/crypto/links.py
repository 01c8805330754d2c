"""Download links: an opaque token for one variant of one attachment, by one session, for minutes."""

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
    """Who may fetch what, until when (seconds since 1970). `variant` has at most eight letters."""

    variant: str
    subject: UUID
    session_id: UUID
    epoch: int
    expires_at: int


class Links:
    """Sealed, not only signed: an address ends up in histories and logs, and tells them nothing."""

    def __init__(self, key: bytes) -> None:
        self._sealer = Sealer(key)

    def write(self, attachment_id: UUID, link: Link) -> str:
        body = FORM.pack(link.variant.encode(), link.subject.bytes, link.session_id.bytes, link.epoch, link.expires_at)
        return base64.urlsafe_b64encode(self._sealer.seal_bytes(body, attachment_id.bytes)).decode()

    def read(self, attachment_id: UUID, token: str, now_s: float) -> Link | None:
        """The link behind `token`; None for one that is not of this attachment, was changed, or has expired."""
        try:
            raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
            body = self._sealer.open_bytes(raw, attachment_id.bytes)
        except ValueError:
            return None
        variant, subject, session_id, epoch, expires_at = FORM.unpack(body)
        link = Link(variant.rstrip(b"\0").decode(), UUID(bytes=subject), UUID(bytes=session_id), epoch, expires_at)
        return link if now_s < expires_at else None
