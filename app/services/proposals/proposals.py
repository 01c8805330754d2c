"""Proposals: an act that the holder of a case does not complete alone, and the decision on it. Decision 0011.

The acts are those of `GuardedAct`, by which a holder could end or hide a grave case.
"""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from app.core.filters import ListFilter
from app.core.paging import Page, PageRequest
from app.core.problems import DUPLICATE, FORBIDDEN, NOT_FOUND, Text
from app.core.states import Step
from app.models.cases.incidents import Incident, part_of
from app.models.proposals import Proposal
from app.repositories.proposals import ProposalRepository
from app.schemas.proposals import PROPOSAL_FLOW, GuardedAct, ProposalIn, ProposalTransitionIn
from app.services.cases.announcements import announce
from app.services.cases.decision_level import decided_lengths, is_above, is_superior
from app.services.cases.incidents import ANY, IncidentService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.privacy.retention import MinimumPeriod, RetentionService
from app.services.proposals.acts import ACTS, Right, Wanted
from app.services.proposals.events import ProposalEvent
from app.services.proposals.notices import PROPOSAL_DECIDED, PROPOSED
from app.services.proposals.problems import TOO_EARLY
from app.services.reference.code_lists import CodeListService

WAITS_ALREADY = Text(
    "Một đề nghị như vậy đang chờ quyết định: hãy chờ, hoặc người đề nghị rút lại trước",
    "Such a proposal waits for its decision already: wait, or its proposer withdraws it first",
)
# Destroyed keys cannot be restored: the time lets others learn of what two persons of one unit are about to do.
BEFORE_ERASURE: Final = timedelta(days=1)
APPROVE: Final = "approve"
DONE = {
    "approved": ProposalEvent.APPROVED,
    "returned": ProposalEvent.RETURNED,
    "withdrawn": ProposalEvent.WITHDRAWN,
}


class ProposalService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.proposals = ProposalRepository(work.session)
        self.incidents = IncidentService(work)

    async def get(self, proposal_id: UUID) -> Proposal:
        """Raises `not_found` (404) also for a proposal from before the return of its case to a cleared unit."""
        proposal = await self.proposals.get(proposal_id)
        if not self._shown([proposal], await self.incident(proposal)):
            raise NOT_FOUND()
        return proposal

    async def incident(self, proposal: Proposal) -> Incident:
        return await self.incidents.get(proposal.incident_id)

    async def of_incident(self, incident: Incident) -> list[Proposal]:
        return self._shown(await self.proposals.of_incident(incident.id), incident)

    def _shown(self, proposals: list[Proposal], incident: Incident) -> list[Proposal]:
        since = self.incidents.hidden_before(incident)
        return [each for each in proposals if since is None or each.proposed_at > since]

    async def page(self, page: PageRequest, wanted: ListFilter, *, state: tuple[str, ...]) -> Page[Proposal]:
        """Proposals on the cases of the caller's line."""
        return await self.proposals.held(page, wanted, self.work.actor.org_path, state=state)

    async def to_decide(self, page: PageRequest) -> Page[Proposal]:
        """Proposals of others that wait for the decision of the caller's level."""
        actor, lengths = self.work.actor, await decided_lengths(self.work)
        return await self.proposals.to_decide(page, actor.org_path, actor.id, lengths)

    async def minimum_period(self, proposal: Proposal, incident: Incident) -> MinimumPeriod | None:
        """The least period that a proposed erasure would shorten."""
        if proposal.act != GuardedAct.ERASE or proposal.state != PROPOSAL_FLOW.initial:
            return None
        return await RetentionService(self.work).minimum(incident)

    async def propose(self, incident: Incident, data: ProposalIn) -> Proposal:
        """Put an act before the level that decides on it, which is notified.

        Raises `forbidden` (403) without the right to the act itself, `invalid` (422), `duplicate` (409) where the same
        act waits already, and what the act refuses in the present state.
        """
        await CodeListService(self.work).check(data, self.work.today)
        await self.incidents.incidents.lock(incident.id)
        await self.check_proposed(incident, data.act, data.reason, data.wanted)
        proposal = Proposal(
            **part_of(incident),
            act=data.act,
            state=PROPOSAL_FLOW.initial,
            data=data.wanted,
            reason=data.reason,
            proposed_at=self.work.now,
            proposed_by=self.work.actor.id,
        )
        self.proposals.add(proposal)
        noted = {"proposal_id": str(proposal.id), "act": data.act}
        await self.incidents.record_event(incident, ProposalEvent.PROPOSED, noted)
        await announce(self.work, incident, PROPOSED, noted)
        await self.work.flush()
        return proposal

    async def transition(self, proposal: Proposal, incident: Incident, data: ProposalTransitionIn) -> list[str]:
        """Approve, return or withdraw; approved, the act is done in the same transaction with all its checks.

        Returns the stored objects to delete after the commit. Raises `wrong_state` (409), `forbidden` (403) for its
        proposer or a level that does not decide, `decision_too_early` (409) for a second person's erasure within a
        day, and what the act itself raises.
        """
        step = await self._check_step(proposal, incident, data.action, data.reason)
        # Read before the act, which may destroy the key of the words.
        wanted = Wanted(
            incident, proposal.reason or "", dict(proposal.data), proposal.proposed_by, data.decision_number
        )
        proposal.state, proposal.answer = step.target, data.reason
        proposal.decided_at, proposal.decided_by = self.work.now, self.work.actor.id
        proposal.decided_by_unit_id = self.work.actor.unit_id
        noted = {"proposal_id": str(proposal.id), "act": proposal.act}
        await self.work.flush()
        # The clock of decisions is met with the last of several.
        is_partial = bool(await self.proposals.waiting(incident.id))
        await self.incidents.record_event(incident, DONE[step.target], noted, is_partial=is_partial)
        await self.work.flush()
        act = GuardedAct(proposal.act)
        objects = await ACTS[act].do(self.work, wanted) if data.action == APPROVE else []
        if data.action != "withdraw":
            await announce(self.work, incident, PROPOSAL_DECIDED, {**noted, "state": step.target})
        return objects

    async def check_proposed(self, incident: Incident, act: GuardedAct, reason: str, wanted: dict[str, Any]) -> None:
        """Raises as `propose`."""
        self._check_right(ACTS[act].right)
        await ACTS[act].check(self.work, Wanted(incident, reason, wanted, self.work.actor.id))
        if act in await self.proposals.waiting(incident.id):
            raise DUPLICATE(WAITS_ALREADY)

    async def check_act(self, proposal: Proposal, incident: Incident, act: str) -> None:
        """Refuses a step of a proposal as the step itself, and an approval as the proposed act."""
        await self._check_step(proposal, incident, act, ANY)
        if act == APPROVE:
            wanted = Wanted(incident, proposal.reason or ANY, dict(proposal.data), proposal.proposed_by, ANY)
            await ACTS[GuardedAct(proposal.act)].check_done(self.work, wanted)

    async def _check_step(self, proposal: Proposal, incident: Incident, action: str, reason: str | None) -> Step:
        self.work.check_writable(proposal)
        step = PROPOSAL_FLOW.step(proposal.state, action, reason)
        await self._check_decider(proposal, incident, action)
        return step

    async def _check_decider(self, proposal: Proposal, incident: Incident, action: str) -> None:
        is_own = proposal.proposed_by == self.work.actor.id
        if action == "withdraw":
            if not is_own:
                raise FORBIDDEN(Text("Chỉ người đề nghị mới được rút lại", "Only its proposer withdraws it"))
            return
        if is_own:
            raise FORBIDDEN(Text("Người đề nghị không được tự quyết định", "Its proposer does not decide on it"))
        if not await is_above(self.work, incident):
            raise FORBIDDEN(Text("Đề nghị này do cấp trên quyết định", "The level above decides on this proposal"))
        self._check_right(ACTS[GuardedAct(proposal.act)].right)
        if action == "approve" and proposal.act == GuardedAct.ERASE and not is_superior(self.work, incident):
            self._check_reflection(proposal)

    def _check_reflection(self, proposal: Proposal) -> None:
        if self.work.now < proposal.proposed_at + BEFORE_ERASURE:
            raise TOO_EARLY()

    def _check_right(self, right: Right) -> None:
        if not self.work.actor.may(*right):
            raise FORBIDDEN()
