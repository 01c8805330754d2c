"""Data subjects' requests: recorded by staff, with legal deadlines for answer and act (Decree 356/2025/NĐ-CP)."""

from datetime import datetime
from functools import partial
from uuid import UUID

from app.core.filters import ListFilter
from app.core.ids import case_code, new_id
from app.core.paging import Page, PageRequest
from app.core.problems import FORBIDDEN, Text, invalid
from app.core.time import local_date
from app.models.cases.incidents import Incident
from app.models.privacy.subject_requests import SubjectRequest, SubjectRequestRule
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.privacy.subject_requests import ACT, ANSWER, SubjectRequestRepository
from app.repositories.units import UnitRepository
from app.schemas.cases.flows import INCIDENT_FLOW
from app.schemas.privacy.flow import SUBJECT_REQUEST_FLOW
from app.schemas.privacy.subject_requests import SubjectRequestIn, SubjectRequestTransitionIn
from app.schemas.proposals import GuardedAct
from app.services.cases.announcements import announce
from app.services.cases.decision_level import check_decided, standing
from app.services.cases.incidents import ANY, ENDED, IncidentService
from app.services.deadlines.rules import ClockRules
from app.services.deadlines.sweep import sweep
from app.services.notices.notices import NoticeService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.privacy.destructions import NOT_OVER, DestructionService
from app.services.privacy.notices import CASE_ERASED, SUBJECT_REQUEST_MISSED
from app.services.privacy.retention import MinimumPeriod, RetentionService
from app.services.reference.code_lists import CodeListService

ERASURE = "erasure"
COMPLETE = "complete"
BY_ANOTHER = Text(
    "Người khác với người ghi nhận yêu cầu thực hiện việc xóa",
    "Another person than the one who recorded the request carries out the erasure",
)
ANSWERS = frozenset({"accept", "refuse"})
CLOSED = frozenset({"done", "refused", "taken_back"})


class SubjectRequestService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.requests = SubjectRequestRepository(work.session)
        self.rules = ClockRules(work)

    async def record(self, data: SubjectRequestIn) -> SubjectRequest:
        """Record a request at the caller's unit with its deadlines. Raises what `writable` of an incident raises."""
        actor, received = self.work.actor, data.received_at or self.work.now
        if data.incident_id is not None:
            await IncidentService(self.work).writable(data.incident_id)
        answer, act = [await self._rule(data.kind, step, received) for step in ("answer", "act")]
        request = SubjectRequest(
            id=new_id(),
            code=case_code(self.work.today.year),
            unit_id=actor.unit_id,
            org_path=actor.org_path,
            state=SUBJECT_REQUEST_FLOW.initial,
            cipher=self.work.new_cipher(),
            recorded_at=self.work.now,
            recorded_by=actor.id,
            answer_due_at=await self.rules.end(received, answer.amount, answer.time_unit),
            act_due_at=await self.rules.end(received, act.amount, act.time_unit),
            answer_source=answer.source,
            act_source=act.source,
            **data.model_dump(exclude={"received_at", "identity"}),
            identity=data.identity.model_dump(exclude_none=True),
            received_at=received,
        )
        self.requests.add(request)
        await self.work.flush()
        return request

    async def get(self, request_id: UUID) -> SubjectRequest:
        return await self.requests.get(request_id)

    async def minimum_period(self, request: SubjectRequest) -> MinimumPeriod | None:
        """The least period that an erasure, if it is not done yet, would shorten. None beyond the caller's sight."""
        if request.kind != ERASURE or request.incident_id is None or request.state in CLOSED:
            return None
        incident = await IncidentRepository(self.work.session).facts(request.incident_id)
        return None if incident is None else await RetentionService(self.work).minimum(incident)

    async def page(
        self, page: PageRequest, wanted: ListFilter, *, state: tuple[str, ...], kind: tuple[str, ...]
    ) -> Page[SubjectRequest]:
        return await self.requests.held(page, wanted, state=state, kind=kind)

    async def rules_on(self, moment: datetime) -> list[SubjectRequestRule]:
        """Rules in force on the local date of a moment."""
        return await self.requests.rules(local_date(moment))

    async def transition(
        self, request: SubjectRequest, data: SubjectRequestTransitionIn, *, proposed_by: UUID | None = None
    ) -> SubjectRequest:
        """Take one step.

        Raises `wrong_state` (409), `invalid` (422); of an erasure also `forbidden` (403) for the person who recorded
        the request, `proposal_required` (409) below the level that decides, and what `erase` raises.
        """
        await CodeListService(self.work).check(data, self.work.today)
        step = SUBJECT_REQUEST_FLOW.step(request.state, data.action, data.reason)
        if data.action in ANSWERS:
            await self._answer(request, data)
        elif data.action == "extend":
            await self._extend(request, data.reason)
        elif data.action == COMPLETE:
            await self._complete(request, data, proposed_by)
        request.state = step.target
        if step.target in CLOSED:
            request.closed_at, request.closed_by = self.work.now, self.work.actor.id
        await self.work.flush()
        return request

    async def _answer(self, request: SubjectRequest, data: SubjectRequestTransitionIn) -> None:
        if data.answer is None:
            raise invalid("/answer", "answer_required", "Cần ghi nội dung trả lời", "The answer is required")
        if data.action == "refuse":
            if data.refusal_basis is None:
                text = ("Từ chối phải nêu căn cứ pháp lý", "A refusal names its legal basis")
                raise invalid("/refusal_basis", "basis_required", *text)
            request.refusal_basis, request.outcome = data.refusal_basis, data.reason
        request.answer = data.answer
        if request.answered_at is None:
            request.answered_at, request.answered_by = self.work.now, self.work.actor.id

    async def _extend(self, request: SubjectRequest, reason: str | None) -> None:
        """Extend the deadline; the flow allows one extension."""
        rule = await self._rule(request.kind, "extension", request.received_at)
        request.act_due_at = await self.rules.end(request.act_due_at, rule.amount, rule.time_unit)
        request.extended_at, request.extension_reason = self.work.now, reason

    async def _complete(
        self, request: SubjectRequest, data: SubjectRequestTransitionIn, proposed_by: UUID | None
    ) -> None:
        request.outcome = data.answer or data.reason
        incident = await self._check_erasure(request, proposed_by)
        if incident is None:
            return
        if data.decision_number is None:
            text = ("Hủy hồ sơ phải có số quyết định", "A destruction names its decision")
            raise invalid("/decision_number", "decision_required", *text)
        if incident.destroyed_at is None:
            await self.work.flush()
            await DestructionService(self.work).erase(incident.id, request.id, data.decision_number)
            await announce(self.work, incident, CASE_ERASED, {"request_id": str(request.id)})

    async def check_act(self, request: SubjectRequest, act: str, *, proposed_by: UUID | None = None) -> None:
        """Refuses a step as the step itself, whatever its body."""
        SUBJECT_REQUEST_FLOW.step(request.state, act, ANY)
        if act == COMPLETE:
            await self._check_erasure(request, proposed_by)

    async def _check_erasure(self, request: SubjectRequest, proposed_by: UUID | None) -> Incident | None:
        """The case that completing the request destroys; None where it destroys none."""
        if request.kind != ERASURE or request.incident_id is None:
            return None
        if request.recorded_by == self.work.actor.id:
            # An irreversible act needs a second person.
            raise FORBIDDEN(BY_ANOTHER)
        incident = await IncidentService(self.work).writable(request.incident_id)
        if incident.destroyed_at is None:
            await check_decided(self.work, incident, GuardedAct.ERASE, proposed_by)
            if not {incident.state, (await standing(self.work, incident)).state} <= ENDED:
                raise INCIDENT_FLOW.refusal(incident.state, NOT_OVER)
        return incident

    async def _rule(self, kind: str, step: str, received: datetime) -> SubjectRequestRule:
        """The rule on the day of receipt.

        Today's rule applies to a request from before the law: no known text exempts it from a deadline (product).
        """
        for rule in await self.rules_on(received) or await self.requests.rules(self.work.today):
            if (rule.kind, rule.step) == (kind, step):
                return rule
        raise LookupError("a kind of request without its rule")

    async def notify_overdue(self, clock: str, request: SubjectRequest) -> None:
        """Notify the unit and the working level above of an overdue answer or act."""
        units = UnitRepository(self.work.session)
        own = await units.get(request.unit_id)
        above = await units.working_level_above(own.org_path)
        data = {"code": request.code, "request_id": str(request.id), "clock": clock}
        await NoticeService(self.work).notify_all((own, above), SUBJECT_REQUEST_MISSED, None, data)


async def notify_overdue_requests(work: UnitOfWork) -> None:
    """Notify units of every overdue request."""
    for clock, deadline in (("answer", ANSWER), ("act", ACT)):
        await sweep(work, deadline, partial(SubjectRequestService(work).notify_overdue, clock))
