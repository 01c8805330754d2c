"""Queries of staff and their posts."""

from collections.abc import Collection, Sequence
from datetime import date
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
        query = select(StaffPost).where(StaffPost.staff_id.in_(staff_ids), StaffPost.voided_at.is_(None))
        return await self.rows(query.order_by(StaffPost.valid_from, StaffPost.post))

    async def post(self, staff_id: UUID, post_id: UUID) -> StaffPost | None:
        of_member = (StaffPost.staff_id == staff_id, StaffPost.voided_at.is_(None))
        return await self.first(select(StaffPost).where(StaffPost.id == post_id, *of_member))

    async def any_post(self, post_id: UUID) -> StaffPost:
        """A post, void or not. Raises LookupError, a defect, where there is none."""
        found = await self.first(select(StaffPost).where(StaffPost.id == post_id))
        if found is None:
            raise LookupError("a post that is not there: none is deleted")
        return found

    async def void_post(self, staff_id: UUID, post: str, valid_from: date) -> StaffPost | None:
        """The same post from the same day, which a revert left void."""
        same = (StaffPost.staff_id == staff_id, StaffPost.post == post, StaffPost.valid_from == valid_from)
        return await self.first(select(StaffPost).where(*same, StaffPost.voided_at.is_not(None)))

    async def of_unit(self, unit_id: UUID) -> list[StaffMember]:
        """All staff of a unit, void ones too, in no order that matters."""
        return await self.rows(self.select().where(StaffMember.unit_id == unit_id))

    async def all_posts(self, unit_id: UUID) -> list[StaffPost]:
        """The posts of all staff of a unit, void ones too."""
        of_unit = select(StaffMember.id).where(StaffMember.unit_id == unit_id)
        return await self.rows(select(StaffPost).where(StaffPost.staff_id.in_(of_unit)))


def _listed(asked: Asked) -> Select[StaffMember]:
    return select(StaffMember).where(asked.within(StaffMember), *updated(asked, StaffMember))


LISTED: Final = OrderedListing(StaffMember, _listed, StaffMember.sort_name)
