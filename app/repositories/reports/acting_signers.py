"""Queries of acting signers."""

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select

from app.core.filters import ListFilter
from app.core.paging import Page, PageRequest
from app.models.reports.acting_signers import ActingSigner
from app.models.units import Unit
from app.repositories.base import Repository, in_force
from app.repositories.filters import of_unit
from app.security.access.listings import Asked, Listing


class ActingSignerRepository(Repository[ActingSigner]):
    model = ActingSigner

    async def listed(self, page: PageRequest, at: ListFilter) -> Page[ActingSigner]:
        return await LISTED.page(self.session, page, at.values)

    async def in_force(self, unit_id: UUID, user_id: UUID, day: date) -> ActingSigner | None:
        """The naming by which a person signs for a unit on a day, the newest of several."""
        query = self.select().where(ActingSigner.unit_id == unit_id, ActingSigner.user_id == user_id)
        query = query.where(ActingSigner.withdrawn_at.is_(None), in_force(ActingSigner, day))
        return await self.first(query.order_by(ActingSigner.id.desc()).limit(1))

    async def lock_unit(self, unit_id: UUID) -> None:
        """Make another naming in the unit wait until the transaction ends."""
        await self.session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update())

    async def overlaps(self, unit_id: UUID, since: date, until: date) -> bool:
        """Whether somebody signs for the unit on one of the days."""
        query = select(ActingSigner.id).where(ActingSigner.unit_id == unit_id, ActingSigner.withdrawn_at.is_(None))
        return await self.exists(query.where(ActingSigner.valid_from < until, ActingSigner.valid_to > since))


def _listed(asked: Asked) -> Select[ActingSigner]:
    return select(ActingSigner).where(asked.within(ActingSigner), *of_unit(asked, ActingSigner.unit_id))


LISTED: Final = Listing(ActingSigner, _listed)
