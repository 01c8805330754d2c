"""Queries of proposals."""

from uuid import UUID

from sqlalchemy import Select

from app.models.proposals import Proposal
from app.repositories.base import Repository
from app.security.access.scope import Range


class ProposalRepository(Repository[Proposal]):
    model = Proposal

    def held(self, within: Range, *, state: str | None) -> Select[Proposal]:
        query = self.select().where(within.covers(Proposal.org_path))
        return query if state is None else query.where(Proposal.state == state)

    async def of_incident(self, incident_id: UUID) -> list[Proposal]:
        return await self.all(self.select().where(Proposal.incident_id == incident_id).order_by(Proposal.id))

    async def waits(self, incident_id: UUID, act: str) -> bool:
        """Whether a proposal of this act on the incident waits for its decision."""
        query = self.select().where(Proposal.incident_id == incident_id, Proposal.act == act)
        return await self.exists(query.where(Proposal.state == "proposed"))
