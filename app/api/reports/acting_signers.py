"""Acting signers: who signs for an absent head."""

from functools import partial
from uuid import UUID

from fastapi import APIRouter, Depends

from app.api.http.deps import Idempotent, IfMatch, May, PagingDep, WorkDep, check_tag, entity_tag
from app.api.http.filters import AtUnit
from app.api.http.next_actions import Acts, next_actions
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route
from app.models.reports.acting_signers import ActingSigner
from app.schemas.base import ListOut
from app.schemas.reports.acting_signers import (
    ACTING_SIGNER_FLOW,
    ActingSignerDetailOut,
    ActingSignerIn,
    ActingSignerOut,
)
from app.security.access.roles import Act, Resource
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.submission.acting_signers import ActingSignerService

router = APIRouter(tags=["report periods"], route_class=Route)


ACTS = Acts(ACTING_SIGNER_FLOW, {"withdraw": "withdraw_acting_signer"})


signer = Depends(May(Act.SHARE, Resource.REPORT))


reader = Depends(May(Act.READ, Resource.REPORT))


async def _signer(work: UnitOfWork, row: ActingSigner, headers: RecordHeaders) -> ActingSignerDetailOut:
    headers.tag(row.version)
    check = partial(ActingSignerService(work).check_act, row)
    acts = await next_actions(work, ACTS, check, signer_id=row.id)
    return ActingSignerDetailOut.of(row, next_actions=acts)


@router.post("/acting-signers", status_code=201, dependencies=[signer, Idempotent])
async def name_acting_signer(body: ActingSignerIn, headers: Created, work: WorkDep) -> ActingSignerDetailOut:
    """Name who signs reports for the absent head of the caller's unit, or of one below, for some days."""
    row = await ActingSignerService(work).name(body)
    headers.locate(f"/acting-signers/{row.id}")
    return await _signer(work, row, headers)


@router.get("/acting-signers", dependencies=[reader])
async def list_acting_signers(paging: PagingDep, work: WorkDep, at: AtUnit) -> ListOut[ActingSignerOut]:
    """Acting signers of the caller's line, past and withdrawn ones too, newest first."""
    return paging.listed(await ActingSignerService(work).page(paging.page, at), ActingSignerOut.of)


@router.get("/acting-signers/{signer_id}", dependencies=[reader])
async def get_acting_signer(signer_id: UUID, headers: Tagged, work: WorkDep) -> ActingSignerDetailOut:
    """One acting signer."""
    return await _signer(work, await ActingSignerService(work).get(signer_id), headers)


@router.post("/acting-signers/{signer_id}/withdrawal", dependencies=[signer])
async def withdraw_acting_signer(
    signer_id: UUID, tag: IfMatch, headers: Tagged, work: WorkDep
) -> ActingSignerDetailOut:
    """Withdraw an acting signer at once."""
    service = ActingSignerService(work)
    row = await service.get(signer_id)
    check_tag(tag, entity_tag(row.version))
    return await _signer(work, await service.withdraw(row), headers)
