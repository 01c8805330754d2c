"""Files of a record: what the rows of every owner have in common. Their encrypted contents are in the object store."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import SchemaItem

from app.models.base import Base, Identified, Scoped, Versioned, follows
from app.models.declarations import PartOf
from app.models.sealed import EncryptedField, EncryptedRow


class StoredFile(Identified, Versioned, EncryptedRow, Scoped, Base, kw_only=True):
    """An original file and, for an image, a shared copy without metadata. After destruction the row is a tombstone.

    Scope and access class differ by owner, so each owner has a table of its own, tied to it by `owned_by`.
    """

    __abstract__ = True

    kind: Mapped[str] = mapped_column(String(16))
    title: EncryptedField[str] = EncryptedField()
    size: Mapped[int] = mapped_column(BigInteger)
    object_name: Mapped[str] = mapped_column(String(40), unique=True)
    shared_object: Mapped[str | None] = mapped_column(String(40), unique=True, default=None)
    shared_size: Mapped[int | None] = mapped_column(BigInteger, default=None)
    copy_state: Mapped[str] = mapped_column(String(16))
    # Content keys and the hash of the original, encrypted under the owner's key and destroyed with it. Destroying the
    # file clears them and the keyed hash that finds duplicates.
    keys: EncryptedField[dict[str, str]] = EncryptedField()
    fingerprint: Mapped[str | None] = mapped_column(String(64), default=None)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(default=None)
    destroyed_at: Mapped[datetime | None] = mapped_column(default=None)
    destroyed_by: Mapped[UUID | None] = mapped_column(default=None)
    destroyed_because: EncryptedField[str] = EncryptedField()

    @classmethod
    def owner(cls) -> PartOf:
        """The record that the file belongs to: its table, and the column that names it."""
        (part,) = cls.__belongs_to__ or ()
        return part

    @property
    def owner_id(self) -> UUID:
        found: UUID = getattr(self, self.owner().column)
        return found

    @property
    def objects(self) -> list[str]:
        return [name for name in (self.object_name, self.shared_object) if name is not None]


def owned_by(table: str, column: str) -> tuple[SchemaItem, ...]:
    """The constraints of a table of files: the key to the owner, and that it has the same file once."""
    return (
        follows(table, column),
        CheckConstraint("(shared_object IS NULL) = (shared_size IS NULL)", name="shared_copy"),
        UniqueConstraint(column, "fingerprint"),
        Index(None, column, "org_path"),
    )
