"""Queries of proposals."""

from typing import Final
from uuid import UUID

from sqlalchemy import Select, select

from app.core.paging import Page, PageRequest
from app.models.proposals import Proposal
from app.repositories.base import Repository
from app.security.access.listings import Asked, Listing


class ProposalRepository(Repository[Proposal]):
    model = Proposal

    async def held(self, page: PageRequest, *, state: str | None) -> Page[Proposal]:
        return await HELD.page(self.session, page, {"state": state})

    async def of_incident(self, incident_id: UUID) -> list[Proposal]:
        return await self.all(self.select().where(Proposal.incident_id == incident_id).order_by(Proposal.id))

    async def waiting(self, incident_id: UUID) -> list[str]:
        """The acts whose proposals on the incident wait for a decision."""
        query = select(Proposal.act).where(Proposal.incident_id == incident_id, Proposal.state == "proposed")
        return await self.rows(query)


def _held(asked: Asked) -> Select[Proposal]:
    return select(Proposal).where(asked.within(Proposal), *asked.equal(state=Proposal.state))


HELD: Final = Listing(Proposal, _held)
