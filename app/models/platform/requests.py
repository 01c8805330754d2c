"""Records against counting a request twice: idempotency keys, spent proofs of work, document numbers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, LongText, Platform, refers


class IdempotencyKey(Platform, Base, kw_only=True):
    """The first answer to a key, encrypted, for 24 hours. The digest binds caller, method, path and key.

    `fingerprint` is a keyed digest of what the request means.
    """

    __tablename__ = "idempotency_key"
    __audited__ = False

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    answer_sealed: Mapped[LongText]
    created_at: Mapped[datetime] = mapped_column(index=True)


class SpentProof(Platform, Base, kw_only=True):
    __tablename__ = "spent_proof"
    __audited__ = False

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class DocumentCounter(Platform, Base, kw_only=True):
    """The last document number of a unit's series in a calendar year (numbers restart each year)."""

    __tablename__ = "document_counter"
    __audited__ = False

    unit_id: Mapped[UUID] = mapped_column(refers("unit.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    series: Mapped[str] = mapped_column(String(16), primary_key=True)
    last: Mapped[int] = mapped_column(default=0)
