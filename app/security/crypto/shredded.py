"""The substitute for a destroyed data key: its rows read as empty and refuse writes."""

from dataclasses import dataclass
from uuid import UUID

from app.core.problems import define
from app.models.sealed import EncryptedRow
from app.security.access.flush import Changes, FlushSession

DESTROYED = define(
    "destroyed",
    409,
    "Nội dung đã bị hủy vĩnh viễn: không ghi thêm được",
    "The content was destroyed permanently: nothing can be written to it",
)


@dataclass(frozen=True, slots=True)
class ShreddedCipher:
    """Opens every row as empty, and refuses to seal."""

    key_id: UUID
    is_shredded: bool = True

    def seal(self, text: str, aad: str) -> str:  # noqa: ARG002 — the protocol's
        raise DESTROYED()

    def open(self, sealed: str, aad: str) -> str:  # noqa: ARG002 — the protocol's
        return "{}"


def _refuse_writes(_: FlushSession, changes: Changes) -> None:
    """Raises `destroyed` (409) for any change of a row of a destroyed case, encrypted or not.

    Raises LookupError, a defect, for words without a cipher: they would be lost.
    """
    for row in (*changes.new, *changes.updated):
        if not isinstance(row, EncryptedRow):
            continue
        if row.has_unsealed_words:
            raise LookupError(f"a {type(row).__name__} has words and no cipher")
        if row.is_shredded:
            raise DESTROYED()


FlushSession.watchers.append(_refuse_writes)
