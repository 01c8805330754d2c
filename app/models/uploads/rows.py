"""What is known of the rows of an upload: the keys of a part, what is wrong with a row, and what a row changed."""

import secrets
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Codes, Identified, Scoped, follows
from app.models.declarations import PartOf, Reference
from app.models.sealed import EncryptedField, EncryptedRow
from app.models.uploads.uploads import BY_UPLOAD

OF_UPLOAD: Final = (Reference("upload", "upload_id"),)
ORDINAL_BITS: Final = 16
RANDOM_BITS: Final = 80


def id_of_fault(row: int, ordinal: int) -> UUID:
    """An id that sorts by the number of a row and the fault's place in it, so that ids are in the order of the file."""
    return UUID(int=(row << ORDINAL_BITS | ordinal) << RANDOM_BITS | secrets.randbits(RANDOM_BITS))


class UploadPart(Scoped, Base, kw_only=True):
    """A part of the file that is read at once, and until the upload ended the keyed digests of its rows' keys."""

    __tablename__ = "upload_part"
    __access_class__ = AccessClass.UPLOAD
    __opened_by__ = BY_UPLOAD
    __audited__ = False
    __refers_to__ = OF_UPLOAD
    __table_args__ = (follows("upload", "upload_id"),)

    upload_id: Mapped[UUID] = mapped_column(primary_key=True)
    first_row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at_byte: Mapped[int] = mapped_column(BigInteger)
    keys: Mapped[bytes] = mapped_column(LargeBinary)


class UploadFault(Identified, Scoped, Base, kw_only=True):
    """One fault of a row by its code and place. It has no cell: the document of errors reads the file again."""

    __tablename__ = "upload_fault"
    __access_class__ = AccessClass.UPLOAD
    __opened_by__ = BY_UPLOAD
    __audited__ = False
    __refers_to__ = OF_UPLOAD
    __table_args__ = (follows("upload", "upload_id"), Index(None, "upload_id", "id"))

    upload_id: Mapped[UUID]
    row_number: Mapped[int]
    column_name: Mapped[str | None] = mapped_column(String(60))
    code: Mapped[str] = mapped_column(String(40))
    limit_number: Mapped[int | None] = mapped_column(default=None)
    other_row: Mapped[int | None] = mapped_column(default=None)
    # Another upload of the unit that has the row's key.
    other_upload_id: Mapped[UUID | None] = mapped_column(default=None)
    # The codes of records of the unit that it is about.
    records: Mapped[Codes] = mapped_column(default_factory=list)


class UploadChange(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """A record that a row created or changed, and what it held before."""

    __tablename__ = "upload_change"
    __access_class__ = AccessClass.UPLOAD
    __opened_by__ = BY_UPLOAD
    __audited__ = False
    __append_only__ = True
    __updatable__ = ("org_path", "reversal")
    __belongs_to__ = (PartOf("upload", "upload_id"),)
    __table_args__ = (
        follows("upload", "upload_id"),
        Index(None, "upload_id", "id"),
        Index(None, "record_id"),
        CheckConstraint("fate IN ('created', 'updated')", name="fate"),
        CheckConstraint("reversal IN ('reversed', 'kept', 'failed')", name="reversal"),
    )

    upload_id: Mapped[UUID]
    row_number: Mapped[int]
    fate: Mapped[str] = mapped_column(String(8))
    record_id: Mapped[UUID]
    before: EncryptedField[dict[str, object]] = EncryptedField()
    # What a revert of the upload made of it: `reversed`, `kept` where it was edited since, `failed`.
    reversal: Mapped[str | None] = mapped_column(String(8), default=None)
