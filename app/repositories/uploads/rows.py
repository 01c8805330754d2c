"""Queries of the rows of an upload: keys, faults and changes, written many at a time."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select, update

from app.core.paging import Page, PageRequest
from app.models.uploads.rows import UploadChange, UploadFault, UploadPart
from app.repositories.base import Repository


class UploadPartRepository(Repository[UploadPart]):
    model = UploadPart

    async def keys(self, upload_id: UUID) -> list[bytes]:
        """The keys of all rows, part by part."""
        query = select(UploadPart.keys).where(UploadPart.upload_id == upload_id)
        return await self.rows(query.order_by(UploadPart.first_row))

    async def forget_keys(self, upload_ids: Collection[UUID]) -> None:
        statement = update(UploadPart).where(UploadPart.upload_id.in_(upload_ids)).values(keys=b"")
        await self.session.execute(statement.execution_options(synchronize_session=False))

    async def starts(self, upload_id: UUID) -> dict[int, int]:
        """The first byte of each part, by its first row."""
        query = select(UploadPart.first_row, UploadPart.at_byte).where(UploadPart.upload_id == upload_id)
        return await self.pairs(query.order_by(UploadPart.first_row))


class UploadFaultRepository(Repository[UploadFault]):
    model = UploadFault

    async def of_rows(self, upload_id: UUID, first: int, last: int) -> list[UploadFault]:
        """The faults of the rows from `first` to `last`, in the order of the file."""
        query = self.select().where(UploadFault.upload_id == upload_id, UploadFault.row_number.between(first, last))
        return await self.rows(query.order_by(UploadFault.id))

    async def refused_rows(self, upload_id: UUID) -> set[int]:
        """The numbers of the rows that have a fault."""
        return set(await self.rows(select(UploadFault.row_number).where(UploadFault.upload_id == upload_id).distinct()))

    async def listed(self, page: PageRequest, upload_id: UUID) -> Page[UploadFault]:
        """In the order of the file: the ids sort by rows."""
        query = self.select().where(UploadFault.upload_id == upload_id)
        if page.before is not None:
            query = query.where(UploadFault.id > page.before)
        rows = await self.rows(query.order_by(UploadFault.id).limit(page.limit + 1))
        return Page(rows[: page.limit], len(rows) > page.limit)

    async def of_upload(self, upload_id: UUID) -> list[UploadFault]:
        """In the order of the file."""
        return await self.rows(self.select().where(UploadFault.upload_id == upload_id).order_by(UploadFault.id))


class UploadChangeRepository(Repository[UploadChange]):
    model = UploadChange

    async def listed(self, page: PageRequest, upload_id: UUID) -> Page[UploadChange]:
        """The last change first. Nothing of it is opened."""
        return await self.page(self.select().where(UploadChange.upload_id == upload_id), page)

    async def to_revert(self, upload_id: UUID, limit: int, below: UUID | None) -> list[UploadChange]:
        """The last changes that no revert has come to, opened; with `below` those before it."""
        query = self.select().where(UploadChange.upload_id == upload_id, UploadChange.reversal.is_(None))
        query = query if below is None else query.where(UploadChange.id < below)
        return await self.all(query.order_by(UploadChange.id.desc()).limit(limit))

    async def record_ids(self, upload_id: UUID) -> set[UUID]:
        """The records that an upload made or changed."""
        return set(await self.rows(select(UploadChange.record_id).where(UploadChange.upload_id == upload_id)))

    async def last_by_others(self, upload_id: UUID, record_ids: Collection[UUID]) -> dict[UUID, UUID]:
        """The last change of each of these records by another upload, unless that was reverted."""
        query = select(UploadChange.record_id, UploadChange.id).where(
            UploadChange.record_id.in_(record_ids),
            UploadChange.upload_id != upload_id,
            or_(UploadChange.reversal.is_(None), UploadChange.reversal != "reversed"),
        )
        return await self.pairs(query.order_by(UploadChange.id))
