"""What the records of the registry have in common: who entered them, whether by hand, and whether they are void."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column


class Registered(MappedAsDataclass, kw_only=True):
    """A record of the registry. Nothing deletes it: an upload that is reverted leaves it void.

    `edited_at`: the last change by hand, which an upload overwrites only when asked.
    """

    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    edited_at: Mapped[datetime | None] = mapped_column(default=None)
    voided_at: Mapped[datetime | None] = mapped_column(default=None)
