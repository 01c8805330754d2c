"""Uploads: a file with rows for one dataset of a unit, how far it was read, and what became of its rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Codes, Identified, Json, Scoped, Versioned, follows, partial_index, refers
from app.models.declarations import ITSELF, PartOf, Retained
from app.models.openings import Membership, Named
from app.models.sealed import EncryptedField, EncryptedRow
from app.models.stored_files import StoredFile, owned_by

# What becomes of a row: each row of a file has one fate.
FATES: Final = ("created", "updated", "same", "kept", "skipped", "refused", "blank")


PLACES: Final = 2
UNENDED: Final = text("ended_at IS NULL")


# An account that does not reach the unit's uploads reaches its own.
BY_UPLOAD: Final = (Membership(column="upload_id", table="upload", key="id", user="private_to"),)


class Upload(Identified, Versioned, EncryptedRow, Scoped, Base, kw_only=True):
    """One upload. The file's name is never stored; its cells are in the sealed file alone."""

    __tablename__ = "upload"
    __access_class__ = AccessClass.UPLOAD
    __append_only__ = True
    __opened_by__ = (Named(user="private_to"),)
    __belongs_to__ = ITSELF
    __retained__ = Retained("upload", holder="unit_id", began={"end": "ended_at"})
    __table_args__ = (
        follows("unit", "unit_id"),
        UniqueConstraint("id", "org_path"),
        # Every row that was read has one fate, whatever the program does.
        CheckConstraint(f"rows_read = {' + '.join(f'rows_{fate}' for fate in FATES)}", name="fates"),
        Index(None, "org_path", "id"),
        Index(None, "unit_id", "digest"),
        # As many uploads of a unit run at once as there are places.
        partial_index("uq_upload_place", "unit_id", "place", where=UNENDED, unique=True),
        CheckConstraint(f"place BETWEEN 1 AND {PLACES}", name="place"),
        Index(None, "ended_at"),
        Index(None, "private_to"),
    )

    unit_id: Mapped[UUID]
    # By which people name the upload: `code_of` its id.
    code: Mapped[str] = mapped_column(String(24))
    dataset: Mapped[str] = mapped_column(String(40))
    school_year: Mapped[str | None] = mapped_column(refers("school_year.code"), default=None)
    policy: Mapped[str] = mapped_column(String(16))
    mode: Mapped[str] = mapped_column(String(16))
    is_dry_run: Mapped[bool]
    overwrites_edited: Mapped[bool]
    state: Mapped[str] = mapped_column(String(16), default="received")
    format: Mapped[str] = mapped_column(String(8))
    size: Mapped[int] = mapped_column(BigInteger)
    # Keyed, of the content and what was asked: the same file is known again, and nothing about it is learned.
    digest: Mapped[str | None] = mapped_column(String(64))
    place: Mapped[int]
    # The columns that the request names for places of the file.
    mapping: Mapped[Json | None] = mapped_column(default=None)
    # How the table is read: its encoding, delimiter, and which column stands where.
    layout: Mapped[Json | None] = mapped_column(default=None)
    # The first byte and the number of the row that were not read yet.
    at_byte: Mapped[int] = mapped_column(BigInteger, default=0)
    at_row: Mapped[int] = mapped_column(default=1)
    rows_read: Mapped[int] = mapped_column(default=0)
    rows_created: Mapped[int] = mapped_column(default=0)
    rows_updated: Mapped[int] = mapped_column(default=0)
    rows_same: Mapped[int] = mapped_column(default=0)
    rows_kept: Mapped[int] = mapped_column(default=0)
    rows_skipped: Mapped[int] = mapped_column(default=0)
    rows_refused: Mapped[int] = mapped_column(default=0)
    rows_blank: Mapped[int] = mapped_column(default=0)
    # How many rows would do what a person may have to release, by the dataset's own marks.
    tally: Mapped[Json | None] = mapped_column(default=None)
    # Why the file as a whole was refused; the row is where it cannot be read on.
    fault_code: Mapped[str | None] = mapped_column(String(40), default=None)
    fault_row: Mapped[int | None] = mapped_column(default=None)
    fault_limit: Mapped[int | None] = mapped_column(default=None)
    fault_columns: Mapped[Codes] = mapped_column(default_factory=list)
    # The places of the head at which each of these columns may stand.
    fault_choices: Mapped[Json | None] = mapped_column(default=None)
    # Why it waits for a person.
    held_because: Mapped[Codes] = mapped_column(default_factory=list)
    released_at: Mapped[datetime | None] = mapped_column(default=None)
    released_by: Mapped[UUID | None] = mapped_column(default=None)
    reason: EncryptedField[str] = EncryptedField()
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    by_client: Mapped[bool]
    # The uploader, where that account reaches no other upload of the unit.
    private_to: Mapped[UUID | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    reverted_at: Mapped[datetime | None] = mapped_column(default=None)
    reverted_by: Mapped[UUID | None] = mapped_column(default=None)
    destroyed_at: Mapped[datetime | None] = mapped_column(default=None)


class UploadFile(StoredFile, kw_only=True):
    """The file as it came, sealed under the key of its upload, and destroyed after its period."""

    __tablename__ = "upload_file"
    __access_class__ = AccessClass.UPLOAD
    __opened_by__ = BY_UPLOAD
    __belongs_to__ = (PartOf("upload", "upload_id"),)
    __table_args__ = (*owned_by("upload", "upload_id"), Index(None, "destroyed_at", "created_at"))

    upload_id: Mapped[UUID]


@dataclass(frozen=True, slots=True)
class UploadFilter:
    dataset: str | None = None
    state: tuple[str, ...] = ()


def code_of(upload_id: UUID) -> str:
    """By which people name an upload."""
    return f"TL-{upload_id.hex[-12:].upper()}"
