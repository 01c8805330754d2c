"""Queries of referrals, and the numbers of hand-over sheets."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects import postgresql, sqlite

from app.core.filters import ListFilter
from app.core.paging import Page, PageRequest
from app.models.platform.requests import DocumentCounter
from app.models.reference import Hotline
from app.models.referrals import Month, Referral, ReferralFollowUp
from app.models.units import Unit
from app.repositories.base import Deadline, Repository
from app.repositories.filters import of_units_case, updated
from app.security.access.listings import Asked, Listing
from app.security.access.scope import NOTHING, Range

ACKNOWLEDGEMENT = Deadline(
    Referral, due=Referral.acknowledge_by, missed=Referral.missed_at, running=Referral.state == "recorded"
)


class ReferralRepository(Repository[Referral]):
    model = Referral

    async def listed(
        self,
        page: PageRequest,
        wanted: ListFilter,
        *,
        incident_id: UUID | None,
        state: tuple[str, ...],
        is_ranged: bool,
        agency_id: UUID | None = None,
    ) -> Page[Referral]:
        """All in reach; a range, where there is one, is named again so that the index serves it."""
        asked = {**wanted.values, "incident_id": incident_id, "state": state, "is_ranged": is_ranged or None}
        asked["agency_id"] = agency_id
        return await LISTED.page(self.session, page, asked)

    def unanswered(self, within: Range, now: datetime) -> Select[Referral]:
        """Outward ones of a line that no partner acknowledged in time."""
        return self.select().where(within.covers(Referral.org_path), ACKNOWLEDGEMENT.late(now))

    def made_in(self, month: Month, within: Range, unit_id: UUID) -> Select[Referral]:
        """Those of a line in a month, with one partner or all; without a line those made to the unit, an agency."""
        query = self.select().where(Referral.made_at >= month.since, Referral.made_at < month.until)
        query = query.where(within.covers(Referral.org_path) if within != NOTHING else Referral.agency_id == unit_id)
        if month.hotline_id is not None:
            query = query.where(Referral.hotline_id == month.hotline_id)
        return query if month.agency_id is None else query.where(Referral.agency_id == month.agency_id)

    async def in_order(self, query: Select[Referral]) -> list[Referral]:
        return await self.rows(query.order_by(Referral.made_at, Referral.id))

    async def follow_ups(self, referral_id: UUID) -> list[ReferralFollowUp]:
        query = (
            select(ReferralFollowUp).where(ReferralFollowUp.referral_id == referral_id).order_by(ReferralFollowUp.id)
        )
        return await self.all(query)

    async def follow_up_totals(self, referral_ids: Collection[UUID]) -> dict[UUID, tuple[int, datetime]]:
        """The number of follow-ups of each referral, and the last one."""
        query = select(ReferralFollowUp.referral_id, func.count(), func.max(ReferralFollowUp.followed_up_at))
        query = query.where(ReferralFollowUp.referral_id.in_(referral_ids)).group_by(ReferralFollowUp.referral_id)
        return {referral_id: (times, last) for referral_id, times, last in await self.session.execute(query)}

    async def hotline(self, hotline_id: UUID) -> Hotline | None:
        return await self.session.get(Hotline, hotline_id)

    async def agency(self, unit_id: UUID) -> Unit | None:
        return await self.session.get(Unit, unit_id)

    async def next_number(self, unit_id: UUID, year: int, series: str) -> int:
        """The next number of the unit's series in the year, without gaps between committed ones, in one statement."""
        dialect = postgresql if self.session.get_bind().dialect.name == "postgresql" else sqlite
        insert = dialect.insert(DocumentCounter).values(unit_id=unit_id, year=year, series=series, last=1)
        counted = insert.on_conflict_do_update(
            index_elements=[DocumentCounter.unit_id, DocumentCounter.year, DocumentCounter.series],
            set_={"last": DocumentCounter.last + 1},
        )
        return int((await self.session.execute(counted.returning(DocumentCounter.last))).scalar_one())


def _listed(asked: Asked) -> Select[Referral]:
    query = select(Referral).where(
        *asked.equal(incident_id=Referral.incident_id, agency_id=Referral.agency_id),
        *asked.among(state=Referral.state),
        *of_units_case(asked, Referral.incident_id),
        *updated(asked, Referral),
    )
    is_narrow = "incident_id" in asked or not asked.flag("is_ranged")
    return query if is_narrow else query.where(asked.within(Referral))


LISTED: Final = Listing(Referral, _listed)
