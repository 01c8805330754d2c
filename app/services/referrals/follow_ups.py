"""Follow-up of partners without an answer: notices, the list of overdue referrals, and calls."""

from collections.abc import Sequence

from app.core.paging import Page, PageRequest
from app.core.problems import Text, invalid
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
        """Overdue referrals in the caller's scope; shared cases are followed up by their holder."""
        query = self.referrals.unanswered(self.work.scope.reads(Referral), self.work.now)
        overdue = await self.referrals.page(query, page)
        return Page(await self._with_totals(overdue.items), overdue.more)

    async def _with_totals(self, referrals: Sequence[Referral]) -> list[UnansweredOut]:
        """Each referral with the totals of its follow-ups, from one query."""
        totals = await self.referrals.follow_up_totals([referral.id for referral in referrals])
        views = []
        for referral in referrals:
            times, last = totals.get(referral.id, (0, None))
            facts = {name: getattr(referral, name, None) for name in UnansweredOut.model_fields}
            facts |= {"times_followed_up": times, "last_followed_up_at": last}
            views.append(UnansweredOut.model_validate(facts))
        return views

    async def of_referral(self, referral: Referral) -> list[ReferralFollowUp]:
        return await self.referrals.follow_ups(referral.id)

    def check_unanswered(self, referral: Referral) -> None:
        """Raises `wrong_state` (409) for an inward or answered referral."""
        if referral.direction != "out" or referral.state != REFERRAL_FLOW.initial:
            why = Text("Chỉ đôn đốc việc đã chuyển đi mà chưa có phản hồi", "Only an outward one that is unanswered")
            raise REFERRAL_FLOW.refusal(referral.state, why)

    async def record(self, referral: Referral, data: FollowUpIn) -> ReferralFollowUp:
        """Record a call. Raises `wrong_state` (409) for an inward or answered referral, `invalid` (422)."""
        self.check_unanswered(referral)
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

    async def notify_overdue(self, referral: Referral) -> None:
        """Notify the holder of an overdue referral."""
        holder = await UnitRepository(self.work.session).at(referral.org_path)
        data = {"code": referral.code}
        await NoticeService(self.work).notify(holder, REFERRAL_UNANSWERED, referral.incident_id, data)


async def notify_overdue_referrals(work: UnitOfWork) -> None:
    """Notify the holder of every overdue referral."""
    await sweep(work, ACKNOWLEDGEMENT, FollowUpService(work).notify_overdue)
