"""Partners that do not answer: who is notified, whom to call, and what a call brought."""

from collections.abc import Sequence

from app.core.paging import Page, PageRequest
from app.core.problems import WRONG_STATE, invalid
from app.core.time import local_date
from app.models.cases.incidents import part_of
from app.models.referrals import Referral, ReferralFollowUp
from app.repositories.referrals import ACKNOWLEDGEMENT, ReferralRepository
from app.repositories.units import UnitRepository
from app.schemas.referrals.flow import REFERRAL_FLOW
from app.schemas.referrals.referrals import FollowUpIn, UnansweredOut
from app.services.deadlines.sweep import sweep
from app.services.notices.notices import NoticeService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService
from app.services.referrals.notices import REFERRAL_UNANSWERED


class FollowUpService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.referrals = ReferralRepository(work.session)

    async def unanswered(self, page: PageRequest) -> Page[UnansweredOut]:
        """Overdue referrals of the caller's own line; a share leaves the follow-up to the holder."""
        query = self.referrals.unanswered(self.work.scope.reads(Referral), self.work.now)
        found = await self.referrals.page(query, page)
        return Page(await self._shown(found.items), found.more)

    async def _shown(self, referrals: Sequence[Referral]) -> list[UnansweredOut]:
        """The facts of each referral with its follow-ups, in one query."""
        totals = await self.referrals.follow_up_totals([referral.id for referral in referrals])
        shown = []
        for referral in referrals:
            times, last = totals.get(referral.id, (0, None))
            facts = {name: getattr(referral, name, None) for name in UnansweredOut.model_fields}
            facts |= {"times_followed_up": times, "last_followed_up_at": last}
            shown.append(UnansweredOut.model_validate(facts))
        return shown

    async def of_referral(self, referral: Referral) -> list[ReferralFollowUp]:
        return await self.referrals.follow_ups(referral.id)

    async def record(self, referral: Referral, data: FollowUpIn) -> ReferralFollowUp:
        """Keep a call. Raises `wrong_state` (409) for an inward or answered referral, `invalid` (422) for its facts."""
        if referral.direction != "out" or referral.state != REFERRAL_FLOW.initial:
            raise WRONG_STATE()
        if data.followed_up_at < referral.made_at:
            raise invalid(
                "/followed_up_at",
                "before_the_referral",
                "Không thể trước lúc chuyển",
                "It cannot be before the referral",
            )
        await CodeListService(self.work).check(data, local_date(data.followed_up_at))
        follow_up = ReferralFollowUp(
            **part_of(referral),
            referral_id=referral.id,
            recorded_at=self.work.now,
            recorded_by=self.work.actor_id,
            **data.model_dump(),
        )
        self.referrals.add(follow_up)
        await self.work.flush()
        return follow_up

    async def notify(self, referral: Referral) -> None:
        """Notify the holder of a partner whose time ran out."""
        holder = await UnitRepository(self.work.session).at(referral.org_path)
        data = {"code": referral.code}
        await NoticeService(self.work).notify(holder, REFERRAL_UNANSWERED, referral.incident_id, data)


async def notify_overdue_referrals(work: UnitOfWork) -> None:
    """Act on every referral that its partner left unanswered."""
    await sweep(work, ACKNOWLEDGEMENT, FollowUpService(work).notify)
