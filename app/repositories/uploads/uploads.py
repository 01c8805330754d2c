"""Queries of uploads: a unit's own, those that run, and the checkpoint of one."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select, update

from app.core.paging import Page, PageRequest
from app.core.problems import NOT_FOUND
from app.models.units import Unit
from app.models.uploads.uploads import Upload, UploadFile, UploadFilter
from app.repositories.base import Repository
from app.repositories.stored_files import StoredFileRepository
from app.security.access.listings import Asked, Listing


class UploadRepository(Repository[Upload]):
    model = Upload

    async def listed(self, page: PageRequest, wanted: UploadFilter) -> Page[Upload]:
        return await LISTED.page(self.session, page, asdict(wanted))

    async def known(self, upload_id: UUID) -> Upload:
        """The upload without its words, or `not_found` (404)."""
        found = await self.first(self.select().where(Upload.id == upload_id))
        if found is None:
            raise NOT_FOUND()
        return found

    async def lock(self, upload_id: UUID) -> Upload | None:
        """The upload without its words, as it stands now; no other transaction writes to it meanwhile."""
        query = self.select().where(Upload.id == upload_id).with_for_update()
        return await self.first(query.execution_options(populate_existing=True))

    async def unended(self, unit_id: UUID, digest: str) -> Upload | None:
        """The upload of the same content and the same request that has not ended."""
        query = self.select().where(Upload.unit_id == unit_id, Upload.digest == digest, Upload.ended_at.is_(None))
        return await self.first(query.limit(1))

    async def lock_unit(self, unit_id: UUID) -> None:
        """Let other uploads of the unit that do the same wait. Rows that refer to the unit are written meanwhile."""
        await self.session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update(key_share=True))

    async def beside(self, upload: Upload, *, of_year: bool) -> list[UUID]:
        """Other uploads of the unit and the dataset that write and have not ended, in the order of their arrival."""
        query = select(Upload.id).where(Upload.unit_id == upload.unit_id, Upload.ended_at.is_(None))
        query = query.where(Upload.dataset == upload.dataset, Upload.is_dry_run.is_(False), Upload.id != upload.id)
        if of_year:
            query = query.where(Upload.school_year == upload.school_year)
        return await self.rows(query.order_by(Upload.id))

    async def taken_places(self, unit_id: UUID) -> set[int]:
        """The places of the unit's uploads that have not ended."""
        return set(await self.rows(select(Upload.place).where(Upload.unit_id == unit_id, Upload.ended_at.is_(None))))

    async def forgotten(self, before: datetime, limit: int) -> list[Upload]:
        """Uploads that came before a moment and have not ended. Nothing of them is opened."""
        query = self.select().where(Upload.created_at < before, Upload.ended_at.is_(None))
        return await self.rows(query.order_by(Upload.id).limit(limit).with_for_update(skip_locked=True))

    async def set_progress(self, upload_id: UUID, values: Mapping[str, object]) -> None:
        """Note how far the file was read. It is no change of the record, and no entry of the audit log."""
        statement = update(Upload).where(Upload.id == upload_id).values(**values)
        await self.session.execute(statement.execution_options(synchronize_session=False))


class UploadFileRepository(StoredFileRepository[UploadFile]):
    model = UploadFile

    async def of_upload(self, upload_id: UUID) -> UploadFile | None:
        """The file, opened."""
        return await self.one(self.select().where(UploadFile.upload_id == upload_id))

    async def expired(self, before: datetime, limit: int) -> list[UploadFile]:
        """Files of uploads that ended before a moment and were not destroyed."""
        ended = select(Upload.id).where(Upload.ended_at < before)
        query = self.select().where(UploadFile.upload_id.in_(ended), UploadFile.destroyed_at.is_(None))
        return await self.all(query.order_by(UploadFile.id).limit(limit))


def _listed(asked: Asked) -> Select[Upload]:
    return select(Upload).where(
        *asked.ranged(Upload), *asked.equal(dataset=Upload.dataset), *asked.among(state=Upload.state)
    )


LISTED: Final = Listing(Upload, _listed)
