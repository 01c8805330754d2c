"""Data subjects' requests, recorded by staff."""

from functools import partial
from uuid import UUID

from fastapi import APIRouter, Depends

from app.api.http.deps import (
    Idempotent,
    IfMatch,
    May,
    PagingDep,
    WorkDep,
    check_tag,
    entity_tag,
)
from app.api.http.filters import ListFilterDep, Several, several
from app.api.http.next_actions import Acts, next_actions
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.models.privacy.subject_requests import SubjectRequest
from app.schemas.base import ListOut, MinimumPeriodOut
from app.schemas.privacy.flow import SUBJECT_REQUEST_FLOW, SubjectRequestState
from app.schemas.privacy.subject_requests import (
    Kind,
    SubjectRequestDetailOut,
    SubjectRequestIn,
    SubjectRequestOut,
    SubjectRequestRuleOut,
    SubjectRequestTransitionIn,
)
from app.security.access.roles import Act, Resource
from app.services.platform.unit_of_work import UnitOfWork
from app.services.privacy.subject_requests import SubjectRequestService

router = APIRouter(
    tags=[
        tag("subject requests", "What a person whose data is held asks of it, by when it is due, and what came of it")
    ],
    route_class=Route,
)
reader = Depends(May(Act.READ, Resource.SUBJECT_REQUEST))
recorder = Depends(May(Act.CREATE, Resource.SUBJECT_REQUEST))
decider = Depends(May(Act.DECIDE, Resource.SUBJECT_REQUEST))
rule_reader = Depends(May(Act.READ, Resource.CODE_LIST))

ACTS = Acts(SUBJECT_REQUEST_FLOW, dict.fromkeys(SUBJECT_REQUEST_FLOW.actions, "take_subject_request_step"))


async def _out(request: SubjectRequest, work: UnitOfWork, headers: RecordHeaders) -> SubjectRequestDetailOut:
    headers.tag(request.version, int(work.actor.case_tier))
    minimum = await SubjectRequestService(work).minimum_period(request)
    return SubjectRequestDetailOut.shown(
        request,
        work.actor.case_tier,
        next_actions=await next_actions(
            work, ACTS, partial(SubjectRequestService(work).check_act, request), request_id=request.id
        ),
        minimum_period=None if minimum is None else MinimumPeriodOut.model_validate(minimum),
    )


@router.get("/subject-request-rules", dependencies=[rule_reader])
async def list_subject_request_rules(work: WorkDep) -> list[SubjectRequestRuleOut]:
    """List the time limits to answer and to complete each kind of request, with the source."""
    return [SubjectRequestRuleOut.model_validate(rule) for rule in await SubjectRequestService(work).rules_on(work.now)]


@router.post(
    "/subject-requests",
    status_code=201,
    dependencies=[recorder, Idempotent],
    responses={404: {}},
)
async def record_subject_request(body: SubjectRequestIn, headers: Created, work: WorkDep) -> SubjectRequestDetailOut:
    """Record a request of a child or its representative about the child's data; its clocks start."""
    request = await SubjectRequestService(work).record(body)
    headers.locate(f"/subject-requests/{request.id}")
    return await _out(request, work, headers)


@router.get("/subject-requests", dependencies=[reader])
async def list_subject_requests(
    paging: PagingDep,
    work: WorkDep,
    common: ListFilterDep,
    state: Several[SubjectRequestState] = None,
    kind: Several[Kind] = None,
) -> ListOut[SubjectRequestOut]:
    """List requests to the caller's unit and its subordinates, newest first."""
    found = await SubjectRequestService(work).page(paging.page, common, state=several(state), kind=several(kind))
    return paging.listed(found, lambda each: SubjectRequestOut.shown(each, work.actor.case_tier))


@router.get("/subject-requests/{request_id}", dependencies=[reader])
async def get_subject_request(request_id: UUID, headers: Tagged, work: WorkDep) -> SubjectRequestDetailOut:
    """One request."""
    return await _out(await SubjectRequestService(work).get(request_id), work, headers)


@router.post("/subject-requests/{request_id}/transitions", dependencies=[decider, Idempotent])
async def take_subject_request_step(
    request_id: UUID, body: SubjectRequestTransitionIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> SubjectRequestDetailOut:
    """Take one step of a request; `next_actions` lists the allowed ones. Completing an erasure destroys the case."""
    service = SubjectRequestService(work)
    request = await service.get(request_id)
    check_tag(tag, entity_tag(request.version, int(work.actor.case_tier)))
    return await _out(await service.transition(request, body), work, headers)
