"""Referrals: a record of times and numbers, not a transmission (111 and 18008077 have no interface)."""

from collections.abc import Sequence
from uuid import UUID

from app.core.dated import holds
from app.core.filters import ListFilter
from app.core.ids import case_code
from app.core.paging import Page, PageRequest
from app.core.problems import FORBIDDEN, NOT_FOUND, Problem, invalid
from app.core.scoping import Tier
from app.core.time import local_date
from app.models.cases.incidents import Incident, part_of
from app.models.referrals import Referral
from app.repositories.referrals import ReferralRepository
from app.schemas.referrals.flow import REFERRAL_FLOW
from app.schemas.referrals.referrals import ReferralAnswerIn, ReferralIn, ReferralTransitionIn
from app.security.access.elevation import ElevationReason
from app.security.access.scope import NOTHING
from app.services.cases.incidents import ANY, IncidentService
from app.services.deadlines.rules import ClockRules
from app.services.notices.notices import NoticeService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService
from app.services.referrals.events import BY_ACTION, BY_DIRECTION, ReferralEvent, ReferralStart
from app.services.referrals.follow_ups import FollowUpService
from app.services.referrals.handover_sheets import HandoverSheets
from app.services.referrals.notices import REFERRAL_MADE

AGENCY = "agency"
FOLLOW_UP = "follow_up"


class ReferralService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.referrals = ReferralRepository(work.session)
        self.incidents = IncidentService(work)

    async def create(self, incident: Incident, data: ReferralIn) -> Referral:
        """Record a referral to or from a partner; an outward one gets the number of a hand-over sheet.

        Raises `merged` (409), `invalid` (422).
        """
        await self.incidents.check_takes_writes(incident)
        await CodeListService(self.work).check(data, local_date(data.made_at))
        await self._check_partner(data)
        referral = Referral(
            code=case_code(self.work.today.year),
            **part_of(incident),
            state=REFERRAL_FLOW.initial,
            made_by=self.work.actor.id,
            issuer_id=self.work.actor.unit_id,
            **data.model_dump(),
        )
        if data.direction == "out":
            await HandoverSheets(self.work).number(referral)
        await self._set_deadline(referral)
        self.referrals.add(referral)
        await self._record(referral, incident, BY_DIRECTION[data.direction])
        await self.work.flush()
        if data.agency_id is not None and data.direction == "out":
            notice = {"code": referral.code, "referral_id": str(referral.id)}
            # Without the incident: a referral grants no access, and a share has its own notice.
            await NoticeService(self.work).notify_beyond(data.agency_id, REFERRAL_MADE, None, notice)
        return referral

    async def get(self, referral_id: UUID) -> Referral:
        return await self.referrals.get(referral_id)

    async def writable(self, referral_id: UUID) -> Referral:
        """A referral for writing. Raises `forbidden` (403) if its incident is only shared with the caller."""
        referral = await self.referrals.get(referral_id)
        self.incidents.check_own(referral)
        return referral

    async def page(
        self, page: PageRequest, wanted: ListFilter, *, incident_id: UUID | None, state: tuple[str, ...]
    ) -> Page[Referral]:
        is_ranged = self.work.scope.reads(Referral) != NOTHING
        return await self.referrals.listed(page, wanted, incident_id=incident_id, state=state, is_ranged=is_ranged)

    async def tier(self, referral: Referral) -> Tier:
        return await self.incidents.tier(referral, referral.incident_id)

    async def tiers(self, referrals: Sequence[Referral]) -> list[Tier]:
        return await self.incidents.tiers([(referral, referral.incident_id) for referral in referrals])

    async def transition(self, referral: Referral, data: ReferralTransitionIn) -> Referral:
        """Take one step. Raises `wrong_state` (409); `invalid` (422) without the outcome or reason."""
        await CodeListService(self.work).check(data, self.work.today)
        step = REFERRAL_FLOW.step(referral.state, data.action, data.reason)
        at = data.at or self.work.now
        if at < referral.made_at:
            raise invalid(
                "/at", "before_the_referral", "Không thể trước lúc chuyển", "It cannot be before the referral"
            )
        if data.action == "acknowledge":
            referral.acknowledged_at, referral.acknowledged_by_name = at, data.person
            referral.reference_given = data.reference_given or referral.reference_given
        elif data.action == "record_outcome":
            await self._record_outcome(referral, data)
            referral.outcome_at = at
        elif data.action == "record_feedback":
            referral.feedback_at, referral.feedback = at, data.note
        elif data.action in {"close", "withdraw"}:
            referral.closed_at = at
        referral.state = step.target
        incident = await self.incidents.get(referral.incident_id)
        await self._record(referral, incident, BY_ACTION[data.action], data.reason)
        await self.work.flush()
        return referral

    async def answer(self, referral: Referral, data: ReferralAnswerIn) -> Referral:
        """Take a step as the agency of the referral.

        Raises `forbidden` (403) for a referral to another agency.
        """
        await self.check_answer(referral, data.action)
        async with self.work.elevated(ElevationReason.PARTNER_ANSWER):
            return await self.transition(referral, ReferralTransitionIn(**data.model_dump()))

    async def check_answer(self, referral: Referral, action: str) -> None:
        """Raises as `answer`."""
        if referral.agency_id != self.work.actor.unit_id or referral.direction != "out":
            raise FORBIDDEN()
        REFERRAL_FLOW.step(referral.state, action, ANY)

    async def check_act(self, referral: Referral, act: str) -> None:
        """Refuses an act on a referral as the act itself, whatever its body."""
        self.incidents.check_own(referral)
        if act == FOLLOW_UP:
            FollowUpService(self.work).check_unanswered(referral)
        else:
            REFERRAL_FLOW.step(referral.state, act, ANY)

    async def _set_deadline(self, referral: Referral) -> None:
        """Set the partner's deadline of an outward referral by the clock rule or a stricter local one."""
        starts_on = ReferralStart.TO_HOTLINE if referral.hotline_id else ReferralStart.TO_AGENCY
        rules = ClockRules(self.work)
        for rule in await rules.in_force(local_date(referral.made_at)):
            if rule.starts_on == starts_on and referral.direction == "out":
                referral.acknowledge_by, _ = await rules.limit(rule, referral.org_path, referral.made_at)

    async def handover_sheet(self, referral: Referral) -> bytes:
        """The hand-over sheet as PDF. Raises `not_found` (404) for an inward referral or without tier 3."""
        if await self.tier(referral) < Tier.IDENTITIES:
            raise NOT_FOUND()
        return await HandoverSheets(self.work).render(referral)

    async def _record_outcome(self, referral: Referral, data: ReferralTransitionIn) -> None:
        if data.outcome is None:
            raise invalid("/outcome", "outcome_required", "Cần mã kết quả", "The outcome's code is required")
        referral.outcome, referral.outcome_note = data.outcome, data.note

    async def _check_partner(self, data: ReferralIn) -> None:
        if data.hotline_id is not None:
            hotline = await self.referrals.hotline(data.hotline_id)
            day = local_date(data.made_at)
            if hotline is None or not holds(hotline, day):
                raise _unknown("/hotline_id", f"Không có tổng đài này vào ngày {day}", "No such hotline on that day")
        elif data.agency_id is not None:
            agency = await self.referrals.agency(data.agency_id)
            if agency is None or agency.kind != AGENCY:
                raise _unknown("/agency_id", "Không có cơ quan này", "There is no such agency")

    async def _record(
        self, referral: Referral, incident: Incident, kind: ReferralEvent, reason: str | None = None
    ) -> None:
        data = {"referral_id": str(referral.id), "state": referral.state, "channel": referral.channel}
        await self.incidents.record_event(incident, kind, data, reason)


def _unknown(pointer: str, vi: str, en: str) -> Problem:
    return invalid(pointer, "unknown_partner", vi, en)
