"""Learners who change school: arrivals at the new unit, and departures that the old unit confirms or denies."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.api.http.deps import Idempotent, IfMatch, May, PagingDep, WorkDep, check_tag, entity_tag
from app.api.http.filters import Several, several
from app.api.http.next_actions import Acts, next_actions
from app.api.http.record_headers import RecordHeaders, Tagged
from app.api.http.routing import Route
from app.api.learners.rights import reader
from app.models.learners.transfers import LearnerTransfer, TransferFilter
from app.schemas.base import ListOut
from app.schemas.learners.transfers import (
    TRANSFER_FLOW,
    TransferDenialIn,
    TransferDetailOut,
    TransferOut,
    TransferSide,
    TransferState,
)
from app.security.access.roles import Act, Resource
from app.services.learners.transfers import NOBODY, TransferService
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(prefix="/learner-transfers", tags=["learners"], route_class=Route)
decider = Depends(May(Act.DECIDE, Resource.LEARNER))
ACTS = Acts(TRANSFER_FLOW, {"confirm": "confirm_learner_transfer", "deny": "deny_learner_transfer"})
AskedSide = Annotated[TransferSide | None, Query(description="Left out, both")]


def _named(named: object) -> dict[str, Any]:
    return {name: getattr(named, name) for name in ("learner_code", "full_name", "birth_date")}


async def _detail(work: UnitOfWork, transfer: LearnerTransfer, headers: RecordHeaders) -> TransferDetailOut:
    headers.tag(transfer.version)
    service = TransferService(work)
    acts = await next_actions(work, ACTS, partial(service.check_act, transfer), transfer_id=transfer.id)
    named = (await service.named([transfer])).get(transfer.learner_id, NOBODY)
    return TransferDetailOut.of(transfer, **_named(named), next_actions=acts)


async def _check(work: UnitOfWork, transfer_id: UUID, tag: IfMatch) -> None:
    """Raises `not_found` (404), `stale` (412)."""
    check_tag(tag, entity_tag((await TransferService(work).get(transfer_id)).version))


@router.get("", dependencies=[reader])
async def list_learner_transfers(
    paging: PagingDep, work: WorkDep, side: AskedSide = None, state: Several[TransferState] = None
) -> ListOut[TransferOut]:
    """List the sides of the caller's unit, newest first: its own arrivals, and departures to another unit.

    An arrival reads alike whether the child is known elsewhere, protected or unknown.
    """
    service = TransferService(work)
    found = await service.page(paging.page, TransferFilter(side, several(state)))
    named = await service.named(found.items)

    def shown(transfer: LearnerTransfer) -> TransferOut:
        return TransferOut.of(transfer, **_named(named.get(transfer.learner_id, NOBODY)))

    return paging.listed(found, shown)


@router.get("/{transfer_id}", dependencies=[reader])
async def get_learner_transfer(transfer_id: UUID, headers: Tagged, work: WorkDep) -> TransferDetailOut:
    """One side of a transfer."""
    return await _detail(work, await TransferService(work).get(transfer_id), headers)


@router.post("/{transfer_id}/confirmation", dependencies=[decider, Idempotent])
async def confirm_learner_transfer(
    transfer_id: UUID, tag: IfMatch, headers: Tagged, work: WorkDep
) -> TransferDetailOut:
    """Confirm that the learner left on the day: the enrolment ends with the `status`, the record stays."""
    await _check(work, transfer_id, tag)
    return await _detail(work, await TransferService(work).confirm(transfer_id), headers)


@router.post("/{transfer_id}/denial", dependencies=[decider, Idempotent])
async def deny_learner_transfer(
    transfer_id: UUID, body: TransferDenialIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> TransferDetailOut:
    """Deny it, with a reason that the new unit does not read: its wait ends as for a child who is known nowhere."""
    await _check(work, transfer_id, tag)
    return await _detail(work, await TransferService(work).deny(transfer_id, body.because), headers)
