"""Commitments after a violation, of an incident's pupils."""

from functools import partial
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.api.http.deps import Idempotent, IfMatch, May, WorkDep, check_tag, entity_tag
from app.api.http.entity_tags import Tags
from app.api.http.next_actions import Acts, next_actions
from app.api.http.papers import answers_paper, paper
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.core.scoping import Tier
from app.models.cases.commitments import ViolationCommitment
from app.schemas.cases.commitments import (
    VIOLATION_COMMITMENT_FLOW,
    CommitmentAnswerIn,
    CommitmentWithdrawalReasonIn,
    FollowUpEndIn,
    ViolationCommitmentDetailOut,
    ViolationCommitmentIn,
    ViolationCommitmentOut,
)
from app.security.access.roles import Act, Resource
from app.services.cases.commitments import ViolationCommitmentService
from app.services.cases.incidents import IncidentService
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(
    tags=[tag("violation-commitments", "What a pupil, the family and the school promise after a violation")],
    route_class=Route,
)
reader = Depends(May(Act.READ, Resource.INCIDENT))
editor = Depends(May(Act.UPDATE, Resource.INCIDENT))
PATH = "/violation-commitments/{violation_commitment_id}"
ACTS = Acts(
    VIOLATION_COMMITMENT_FLOW,
    {
        "answer": "answer_violation_commitment",
        "end": "end_violation_commitment",
        "withdraw": "withdraw_violation_commitment",
    },
)


async def _shown(work: UnitOfWork, row: ViolationCommitment, headers: RecordHeaders) -> ViolationCommitmentDetailOut:
    service = ViolationCommitmentService(work)
    tier = await service.tier(row)
    headers.tag(row.version, int(tier))
    acts = await next_actions(work, ACTS, partial(service.check_act, row), violation_commitment_id=row.id)
    return ViolationCommitmentDetailOut.shown(row, tier, next_actions=acts)


async def _matched(work: UnitOfWork, key: UUID, tag: Tags) -> ViolationCommitment:
    service = ViolationCommitmentService(work)
    row = await service.get(key)
    check_tag(tag, entity_tag(row.version, int(await service.tier(row))))
    return row


@router.get("/incidents/{incident_id}/commitments", dependencies=[reader])
async def list_violation_commitments(incident_id: UUID, work: WorkDep) -> list[ViolationCommitmentOut]:
    """List the commitments after a violation of an incident's pupils, in order, including withdrawn ones."""
    incident = await IncidentService(work).get(incident_id)
    found = await ViolationCommitmentService(work).of_incident(incident)
    tiers: list[Tier] = await IncidentService(work).tiers([(each, incident.id) for each in found])
    return [ViolationCommitmentOut.shown(each, tier) for each, tier in zip(found, tiers, strict=True)]


@router.post("/incidents/{incident_id}/commitments", status_code=201, dependencies=[editor, Idempotent])
async def make_violation_commitment(
    incident_id: UUID, body: ViolationCommitmentIn, headers: Created, work: WorkDep
) -> ViolationCommitmentDetailOut:
    """Ask a pupil, the family and the school for a commitment after a violation. Its text is read with the names."""
    incident = await IncidentService(work).writable(incident_id)
    row = await ViolationCommitmentService(work).make(incident, body)
    headers.locate(f"/violation-commitments/{row.id}")
    return await _shown(work, row, headers)


@router.get(PATH, dependencies=[reader])
async def get_violation_commitment(
    violation_commitment_id: UUID, headers: Tagged, work: WorkDep
) -> ViolationCommitmentDetailOut:
    """One commitment after a violation."""
    return await _shown(work, await ViolationCommitmentService(work).get(violation_commitment_id), headers)


@router.get(f"{PATH}/document", dependencies=[reader], **answers_paper())
async def get_violation_commitment_document(violation_commitment_id: UUID, work: WorkDep) -> Response:
    """The paper to sign, as PDF; tier 3."""
    service = ViolationCommitmentService(work)
    document = await service.document(await service.get(violation_commitment_id))
    return paper(document, f"ban-cam-ket-{violation_commitment_id}")


@router.post(f"{PATH}/answers", dependencies=[editor, Idempotent])
async def answer_violation_commitment(
    violation_commitment_id: UUID, body: CommitmentAnswerIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> ViolationCommitmentDetailOut:
    """Record that a party signed or refused; a correction is a withdrawal first, then asked and answered again."""
    row = await _matched(work, violation_commitment_id, tag)
    return await _shown(work, await ViolationCommitmentService(work).answer(row, body), headers)


@router.post(f"{PATH}/end", dependencies=[editor, Idempotent])
async def end_violation_commitment(
    violation_commitment_id: UUID, body: FollowUpEndIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> ViolationCommitmentDetailOut:
    """End the follow-up, with its conclusion."""
    row = await _matched(work, violation_commitment_id, tag)
    return await _shown(work, await ViolationCommitmentService(work).end(row, body.conclusion), headers)


@router.post(f"{PATH}/withdrawal", dependencies=[editor, Idempotent])
async def withdraw_violation_commitment(
    violation_commitment_id: UUID, body: CommitmentWithdrawalReasonIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> ViolationCommitmentDetailOut:
    """Withdraw a mistaken commitment, with a reason. It remains visible."""
    row = await _matched(work, violation_commitment_id, tag)
    return await _shown(work, await ViolationCommitmentService(work).withdraw(row, body.reason), headers)
