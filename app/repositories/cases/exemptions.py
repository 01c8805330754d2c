"""Queries of exemptions from a duty."""

from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, select

from app.core.paging import Page, PageRequest
from app.models.cases.exemptions import Exemption
from app.repositories.base import Repository
from app.security.access.listings import Asked, Listing


class ExemptionRepository(Repository[Exemption]):
    model = Exemption

    async def of_incident(self, incident_id: UUID) -> list[Exemption]:
        query = self.select().where(Exemption.incident_id == incident_id)
        return await self.all(query.order_by(Exemption.id))

    async def undecided(self, page: PageRequest, not_by: UUID, path_length: tuple[int, ...]) -> Page[Exemption]:
        """Those of holders at some depths of the session's range that somebody else asked for."""
        return await UNDECIDED.page(self.session, page, {"not_by": not_by, "path_length": path_length})

    async def is_undecided(self, incident_id: UUID) -> bool:
        """Whether an exemption of the incident waits for its decision."""
        return await self.exists(
            self.select().where(Exemption.incident_id == incident_id, Exemption.decided_at.is_(None))
        )


def _undecided(asked: Asked) -> Select[Exemption]:
    return select(Exemption).where(
        asked.within(Exemption),
        Exemption.decided_at.is_(None),
        Exemption.asked_by != asked["not_by"],
        *asked.among(path_length=func.length(Exemption.org_path)),
    )


UNDECIDED: Final = Listing(Exemption, _undecided)
