"""What each proposed act is: checked when it is proposed, and done when it is approved, as if done directly."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from app.core.problems import invalid
from app.models.cases.incidents import Incident
from app.models.privacy.subject_requests import SubjectRequest
from app.repositories.cases.incidents import IncidentRepository
from app.schemas.cases.flows import INCIDENT_FLOW
from app.schemas.cases.incidents import IncidentPatch, IncidentTransitionIn
from app.schemas.privacy.subject_requests import SubjectRequestTransitionIn
from app.schemas.proposals import GuardedAct
from app.security.access.roles import Act, Resource
from app.services.attachments import AttachmentService
from app.services.cases.endings import Endings
from app.services.cases.incidents import IncidentService
from app.services.cases.problems import SEVERITY_NOT_ASSESSED
from app.services.duplicates.merges import MergeService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.privacy.subject_requests import ERASURE, SubjectRequestService

Right = tuple[Act, Resource]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One proposed act on an incident; `proposed_by` is another person than the caller who does it."""

    incident: Incident
    reason: str
    data: dict[str, Any]
    proposed_by: UUID
    decision_number: str | None = None


Checking = Callable[[UnitOfWork, Wanted], Awaitable[None]]
# Does the act, and returns the stored objects to delete after the commit.
Doing = Callable[[UnitOfWork, Wanted], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class ProposedAct:
    """The right that it takes, to propose it and to decide on it, its checks before both, and its execution."""

    right: Right
    check: Checking
    check_done: Checking
    do: Doing


async def _check_ending(work: UnitOfWork, wanted: Wanted, *, action: str) -> None:
    await IncidentService(work).check_unmerged(wanted.incident)
    INCIDENT_FLOW.step(wanted.incident.state, action, wanted.reason)
    if not await IncidentRepository(work.session).is_assessed(wanted.incident.id):
        raise SEVERITY_NOT_ASSESSED()
    if action == GuardedAct.CLOSE:
        await Endings(work).check_helped(wanted.incident, wanted.data.get("without_case"))


async def _end(work: UnitOfWork, wanted: Wanted, *, action: str) -> list[str]:
    step = IncidentTransitionIn(action=action, reason=wanted.reason, **wanted.data)
    await IncidentService(work).transition(wanted.incident, step, proposed_by=wanted.proposed_by)
    return []


async def _check_end(work: UnitOfWork, wanted: Wanted, *, action: str) -> None:
    step = IncidentTransitionIn.model_construct(action=action, reason=wanted.reason, **wanted.data)
    await IncidentService(work).check_step(wanted.incident, step, proposed_by=wanted.proposed_by)


async def _check_group(work: UnitOfWork, wanted: Wanted) -> None:
    await IncidentService(work).check_changeable(wanted.incident)


async def _change_group(work: UnitOfWork, wanted: Wanted) -> list[str]:
    patch = IncidentPatch(**wanted.data)
    await IncidentService(work).change(wanted.incident, patch, proposed_by=wanted.proposed_by)
    return []


async def _check_merge(work: UnitOfWork, wanted: Wanted) -> None:
    service = MergeService(work)
    survivor_id = UUID(wanted.data["survivor_id"])
    if survivor_id == wanted.incident.id:
        raise invalid("/survivor_id", "merged_with_itself", "Không thể gộp với chính nó", "It cannot absorb itself")
    survivor, absorbed = await service.pair(survivor_id, wanted.incident.id)
    await service.check_mergeable(survivor, absorbed)


async def _merge(work: UnitOfWork, wanted: Wanted) -> list[str]:
    service = MergeService(work)
    survivor, absorbed = await service.pair(UUID(wanted.data["survivor_id"]), wanted.incident.id)
    await service.merge(survivor, absorbed, wanted.reason, proposed_by=wanted.proposed_by)
    return []


async def _check_evidence(work: UnitOfWork, wanted: Wanted) -> None:
    attachment = await AttachmentService(work).get(UUID(wanted.data["attachment_id"]))
    if attachment.incident_id != wanted.incident.id:
        raise invalid("/attachment_id", "of_another_incident", "Tệp của vụ việc khác", "A file of another incident")


async def _destroy_evidence(work: UnitOfWork, wanted: Wanted) -> list[str]:
    key = UUID(wanted.data["attachment_id"])
    return await AttachmentService(work).destroy(key, wanted.reason, proposed_by=wanted.proposed_by)


async def _check_erasure(work: UnitOfWork, wanted: Wanted) -> None:
    await _erasure_request(work, wanted)


async def _check_erased(work: UnitOfWork, wanted: Wanted) -> None:
    request = await _erasure_request(work, wanted)
    await SubjectRequestService(work).check_act(request, "complete", proposed_by=wanted.proposed_by)


async def _erase(work: UnitOfWork, wanted: Wanted) -> list[str]:
    request = await _erasure_request(work, wanted)
    step = SubjectRequestTransitionIn(action="complete", reason=wanted.reason, decision_number=wanted.decision_number)
    await SubjectRequestService(work).transition(request, step, proposed_by=wanted.proposed_by)
    return []


async def _erasure_request(work: UnitOfWork, wanted: Wanted) -> SubjectRequest:
    request = await SubjectRequestService(work).get(UUID(wanted.data["request_id"]))
    if (request.kind, request.incident_id) != (ERASURE, wanted.incident.id):
        raise invalid("/request_id", "of_another_incident", "Không phải yêu cầu xóa vụ việc này", "Not its erasure")
    return request


DECIDE_INCIDENT: Right = (Act.DECIDE, Resource.INCIDENT)


def _ending(action: str) -> ProposedAct:
    check, check_done = partial(_check_ending, action=action), partial(_check_end, action=action)
    return ProposedAct(DECIDE_INCIDENT, check, check_done, partial(_end, action=action))


ACTS: dict[GuardedAct, ProposedAct] = {
    GuardedAct.DISMISS: _ending("dismiss"),
    GuardedAct.CLOSE: _ending("close"),
    GuardedAct.CHANGE_GROUP: ProposedAct(DECIDE_INCIDENT, _check_group, _check_group, _change_group),
    GuardedAct.MERGE: ProposedAct(DECIDE_INCIDENT, _check_merge, _check_merge, _merge),
    GuardedAct.DESTROY_EVIDENCE: ProposedAct(
        (Act.DECIDE, Resource.ATTACHMENT), _check_evidence, _check_evidence, _destroy_evidence
    ),
    GuardedAct.ERASE: ProposedAct((Act.DECIDE, Resource.SUBJECT_REQUEST), _check_erasure, _check_erased, _erase),
}
