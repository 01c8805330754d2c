"""Classes in campaigns: the screen, the sheet, and what is recorded of a whole class at once."""

from collections.abc import Iterable
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.api.commitments.rights import reader, recorder
from app.api.http.deps import Idempotent, PagingDep, WorkDep
from app.api.http.next_actions import Acts, next_actions
from app.api.http.papers import answers_paper, paper
from app.api.http.record_headers import RecordHeaders, Tagged
from app.api.http.routing import Route
from app.models.commitments.classes import CommitmentClass, CommitmentClassFilter
from app.schemas.base import ListOut
from app.schemas.commitments.campaigns import CommitmentCountOut
from app.schemas.commitments.classes import (
    CommitmentClassDetailOut,
    CommitmentClassOut,
    CommitmentEntryOut,
    CommitmentLearnerOut,
    CommitmentWithdrawalsIn,
    ObligationOut,
    SignaturesIn,
)
from app.schemas.commitments.flow import COMMITMENT_FLOW
from app.services.commitments.classes import ClassScreen, CommitmentClassService
from app.services.commitments.sheets import ClassSheetService
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(prefix="/commitment-classes", tags=["commitments"], route_class=Route)
ACTS = Acts(COMMITMENT_FLOW, {"sign": "record_commitment_signatures", "withdraw": "withdraw_commitment_signatures"})


RECORDS: dict[str, Any] = {
    "dependencies": [recorder, Idempotent],
    "response_model": CommitmentClassDetailOut,
    "responses": {409: {}},
}


async def _rows(work: UnitOfWork, rows: Iterable[CommitmentClass]) -> list[CommitmentClassOut]:
    service, found = CommitmentClassService(work), list(rows)
    names, counts = await service.names(found), dict[UUID, list[CommitmentCountOut]]()
    for each in await service.counted(found):
        counts.setdefault(each.commitment_class_id, []).append(CommitmentCountOut.model_validate(each))
    return [CommitmentClassOut.of(row, class_name=names[row.class_id], counts=counts.get(row.id, [])) for row in found]


async def _shown(work: UnitOfWork, row: CommitmentClass, headers: RecordHeaders) -> CommitmentClassDetailOut:
    headers.tag(row.version)
    service = CommitmentClassService(work)
    (shown,) = await _rows(work, [row])
    learners = _learners(await service.screen(row))
    acts = await next_actions(work, ACTS, partial(service.check_act, row), commitment_class_id=row.id)
    return CommitmentClassDetailOut.of(shown, learners=learners, next_actions=acts)


async def _recorded(
    work: UnitOfWork, row: CommitmentClass, headers: RecordHeaders
) -> CommitmentClassDetailOut | Response:
    if not headers.prefers_minimal:
        return await _shown(work, row, headers)
    headers.tag(row.version)
    return headers.without_body()


def _learners(screen: ClassScreen) -> list[CommitmentLearnerOut]:
    parties = dict[UUID | None, list[ObligationOut]]()
    for each in screen.obligations:
        parties.setdefault(each.learner_id, []).append(ObligationOut.model_validate(each))
    return [
        CommitmentLearnerOut(
            learner_id=each.id,
            code=each.code,
            full_name=each.full_name,
            has_contact=each.id in screen.reachable,
            obligations=parties[each.id],
        )
        for each in screen.learners
    ]


@router.get("", dependencies=[reader])
async def list_commitment_classes(
    paging: PagingDep,
    work: WorkDep,
    campaign_id: UUID | None = None,
    settled: Annotated[bool | None, Query(description="Whether nobody is left")] = None,
) -> ListOut[CommitmentClassOut]:
    """The classes of the caller's school in campaigns, or those of which the caller is the homeroom teacher, live."""
    found = await CommitmentClassService(work).page(paging.page, CommitmentClassFilter(campaign_id, settled))
    return paging.listed(found, lambda _, shown: shown, await _rows(work, found.items))


@router.get("/{commitment_class_id}", dependencies=[reader])
async def get_commitment_class(commitment_class_id: UUID, headers: Tagged, work: WorkDep) -> CommitmentClassDetailOut:
    """The screen of a class: learners, whether they can be written to, states and counters, in one call."""
    return await _shown(work, await CommitmentClassService(work).get(commitment_class_id), headers)


@router.get("/{commitment_class_id}/sheet", dependencies=[reader], **answers_paper(409))
async def get_commitment_sheet(commitment_class_id: UUID, work: WorkDep) -> Response:
    """The class sheet as PDF, with boxes to sign in: the same for everybody, whatever was recorded before."""
    sheet = await ClassSheetService(work).render(commitment_class_id)
    return paper(sheet, f"phieu-cam-ket-{commitment_class_id}")


@router.get("/{commitment_class_id}/entries", dependencies=[reader])
async def list_commitment_entries(commitment_class_id: UUID, work: WorkDep) -> list[CommitmentEntryOut]:
    """What was recorded of a class, in order, withdrawn entries too. A refusal's reason is the head's and teacher's."""
    found = await CommitmentClassService(work).history(commitment_class_id)
    return [
        CommitmentEntryOut.of(entry, learner_id=of.learner_id, party=of.party, reason=reason)
        for entry, of, reason in found
    ]


@router.post("/{commitment_class_id}/signatures", **RECORDS)
async def record_commitment_signatures(
    commitment_class_id: UUID, body: SignaturesIn, headers: Tagged, work: WorkDep
) -> CommitmentClassDetailOut | Response:
    """Record a signed sheet or list of a class: all of its rows in one transaction, or none.

    A row that is recorded already changes nothing, so that a sheet may be sent again.
    """
    return await _recorded(work, await CommitmentClassService(work).record(commitment_class_id, body), headers)


@router.post("/{commitment_class_id}/withdrawals", **RECORDS)
async def withdraw_commitment_signatures(
    commitment_class_id: UUID, body: CommitmentWithdrawalsIn, headers: Tagged, work: WorkDep
) -> CommitmentClassDetailOut | Response:
    """Withdraw what parties signed or refused: also the first step of a correction. The former entry stays, marked."""
    return await _recorded(work, await CommitmentClassService(work).withdraw(commitment_class_id, body), headers)
