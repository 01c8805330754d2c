"""Queries of the heads that people of a unit mapped by hand."""

from typing import Final
from uuid import UUID

from sqlalchemy import Select, select

from app.core.paging import Page, PageRequest
from app.models.uploads.mappings import UploadMapping
from app.repositories.base import Repository
from app.security.access.listings import Asked, Listing


class UploadMappingRepository(Repository[UploadMapping]):
    model = UploadMapping

    async def listed(self, page: PageRequest, dataset: str | None) -> Page[UploadMapping]:
        return await LISTED.page(self.session, page, {"dataset": dataset})

    async def of_dataset(self, unit_id: UUID, dataset: str) -> list[UploadMapping]:
        """Those of a unit, the oldest first."""
        query = self.select().where(UploadMapping.unit_id == unit_id, UploadMapping.dataset == dataset)
        return await self.rows(query.order_by(UploadMapping.mapped_at, UploadMapping.id))


def _listed(asked: Asked) -> Select[UploadMapping]:
    return select(UploadMapping).where(asked.within(UploadMapping), *asked.equal(dataset=UploadMapping.dataset))


LISTED: Final = Listing(UploadMapping, _listed)
