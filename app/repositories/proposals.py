"""Queries of proposals."""

from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, select

from app.core.filters import ListFilter
from app.core.paging import Page, PageRequest
from app.models.cases.incidents import Incident
from app.models.proposals import Proposal
from app.repositories.base import Repository
from app.repositories.filters import of_units_case, updated
from app.security.access.listings import Asked, Listing


class ProposalRepository(Repository[Proposal]):
    model = Proposal

    async def held(
        self, page: PageRequest, wanted: ListFilter, own_path: str, *, state: tuple[str, ...]
    ) -> Page[Proposal]:
        """Those of the session's range; of a case that came down to a cleared unit at `own_path`, those since then."""
        return await HELD.page(self.session, page, {**wanted.values, "state": state, "own_path": own_path})

    async def to_decide(
        self, page: PageRequest, own_path: str, not_by: UUID, path_length: tuple[int, ...]
    ) -> Page[Proposal]:
        """Those of `held` that wait, made by somebody else on cases of holders at some depths."""
        asked = {
            "own_path": own_path,
            "state": ("proposed",),
            "decided": False,
            "not_by": not_by,
            "path_length": path_length,
        }
        return await HELD.page(self.session, page, asked)

    async def of_incident(self, incident_id: UUID) -> list[Proposal]:
        return await self.all(self.select().where(Proposal.incident_id == incident_id).order_by(Proposal.id))

    async def waiting(self, incident_id: UUID) -> list[str]:
        """The acts whose proposals on the incident wait for a decision."""
        query = select(Proposal.act).where(Proposal.incident_id == incident_id, Proposal.state == "proposed")
        return await self.rows(query)


def _held(asked: Asked) -> Select[Proposal]:
    hidden = select(Incident.id).where(
        Incident.id == Proposal.incident_id,
        Incident.org_path == asked["own_path"],
        Incident.returned_at >= Proposal.proposed_at,
    )
    filters = (
        *asked.among(state=Proposal.state, path_length=func.length(Proposal.org_path)),
        *asked.present(decided=Proposal.decided_at),
        *of_units_case(asked, Proposal.incident_id),
        *updated(asked, Proposal),
    )
    query = select(Proposal).where(asked.within(Proposal), ~hidden.exists(), *filters)
    return query.where(Proposal.proposed_by != asked["not_by"]) if "not_by" in asked else query


HELD: Final = Listing(Proposal, _held)
