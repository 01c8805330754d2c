"""Queries of staff and their posts."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select

from app.core.filters import ListFilter
from app.core.paging import Page, PageRequest
from app.models.learners.staff import StaffMember, StaffPost
from app.repositories.base import Repository
from app.repositories.filters import updated
from app.repositories.learners.ordered import OrderedListing
from app.security.access.listings import Asked


class StaffRepository(Repository[StaffMember]):
    model = StaffMember

    async def listed(self, page: PageRequest, wanted: ListFilter) -> Page[StaffMember]:
        return await LISTED.page(self.session, page, wanted.values)

    async def posts(self, staff_ids: Collection[UUID]) -> Sequence[StaffPost]:
        query = select(StaffPost).where(StaffPost.staff_id.in_(staff_ids))
        return await self.rows(query.order_by(StaffPost.valid_from, StaffPost.post))

    async def post(self, staff_id: UUID, post_id: UUID) -> StaffPost | None:
        return await self.first(select(StaffPost).where(StaffPost.staff_id == staff_id, StaffPost.id == post_id))


def _listed(asked: Asked) -> Select[StaffMember]:
    return select(StaffMember).where(asked.within(StaffMember), *updated(asked, StaffMember))


LISTED: Final = OrderedListing(StaffMember, _listed, StaffMember.sort_name)
