"""Queries of referrals, and the numbers of hand-over sheets."""

from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.dialects import postgresql, sqlite

from app.models.incidents import Incident
from app.models.reference import Hotline
from app.models.referrals import Referral
from app.models.requests import DocumentCounter
from app.models.units import Unit
from app.repositories.base import Repository
from app.security.scope import NOTHING, Range


class ReferralRepository(Repository[Referral]):
    model = Referral

    def listed(self, within: Range, *, incident_id: UUID | None, state: str | None) -> Select[Referral]:
        """All in reach; a range, where there is one, is named again so that the index serves it."""
        query = self.select()
        if within != NOTHING and incident_id is None:
            query = query.where(within.covers(Referral.org_path))
        if incident_id is not None:
            query = query.where(Referral.incident_id == incident_id)
        return query if state is None else query.where(Referral.state == state)

    async def hotline(self, hotline_id: UUID) -> Hotline | None:
        return await self.session.get(Hotline, hotline_id)

    async def agency(self, unit_id: UUID) -> Unit | None:
        return await self.session.get(Unit, unit_id)

    async def incident(self, referral: Referral) -> Incident | None:
        return await self.session.get(Incident, referral.incident_id)

    async def next_number(self, unit_id: UUID, year: int, series: str) -> int:
        """The next number of the unit's series in the year, without gaps between committed ones, in one statement."""
        dialect = postgresql if self.session.get_bind().dialect.name == "postgresql" else sqlite
        insert = dialect.insert(DocumentCounter).values(unit_id=unit_id, year=year, series=series, last=1)
        counted = insert.on_conflict_do_update(
            index_elements=[DocumentCounter.unit_id, DocumentCounter.year, DocumentCounter.series],
            set_={"last": DocumentCounter.last + 1},
        )
        return int((await self.session.execute(counted.returning(DocumentCounter.last))).scalar_one())
