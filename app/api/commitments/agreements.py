"""Agreements of staff and of the school: who signed, recorded for a whole staff room at once, and the board above."""

from collections.abc import Iterable
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.api.commitments.rights import agreement_reader, agreement_recorder, counter
from app.api.http.deps import Idempotent, PagingDep, WorkDep
from app.api.http.next_actions import Acts, next_actions
from app.api.http.papers import answers_paper, paper
from app.api.http.record_headers import RecordHeaders, Tagged
from app.api.http.routing import Route
from app.models.commitments.agreements import AgreementFilter, CommitmentAgreement
from app.models.commitments.classes import Tally
from app.schemas.base import ListOut
from app.schemas.commitments.agreement_flow import AGREEMENT_FLOW, AgreementKind
from app.schemas.commitments.agreements import (
    AgreementBoardRowOut,
    AgreementDetailOut,
    AgreementEntryOut,
    AgreementObligationOut,
    AgreementOut,
    AgreementSignaturesIn,
    AgreementWithdrawalsIn,
)
from app.services.commitments.agreement_sheets import AgreementSheetService
from app.services.commitments.agreements import AgreementService
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(prefix="/commitment-agreements", tags=["commitments"], route_class=Route)
board = APIRouter(prefix="/commitment-campaigns", tags=["commitments"], route_class=Route)
ACTS = Acts(AGREEMENT_FLOW, {"sign": "record_agreement_signatures", "withdraw": "withdraw_agreement_signatures"})
RECORDS: dict[str, Any] = {"dependencies": [agreement_recorder, Idempotent], "responses": {409: {}}}
NONE = Tally()


async def _rows(work: UnitOfWork, rows: Iterable[CommitmentAgreement]) -> list[AgreementOut]:
    found = list(rows)
    counts = await AgreementService(work).counted(found)
    return [
        AgreementOut.of(row, owed=tally.owed, settled=tally.settled, signed=tally.signed)
        for row in found
        for tally in [counts.get(row.id, NONE)]
    ]


async def _shown(work: UnitOfWork, row: CommitmentAgreement, headers: RecordHeaders) -> AgreementDetailOut:
    headers.tag(row.version)
    service = AgreementService(work)
    (shown,) = await _rows(work, [row])
    lines = [
        AgreementObligationOut.of(
            each.obligation,
            full_name=each.full_name,
            signed_on=each.signature.signed_on if each.signature else None,
            number=each.signature.number if each.signature else None,
        )
        for each in await service.screen(row)
    ]
    acts = await next_actions(work, ACTS, partial(service.check_act, row), agreement_id=row.id)
    return AgreementDetailOut.of(shown, obligations=lines, next_actions=acts)


@router.get("", dependencies=[agreement_reader])
async def list_commitment_agreements(
    paging: PagingDep,
    work: WorkDep,
    campaign_id: UUID | None = None,
    kind: AgreementKind | None = None,
    settled: Annotated[bool | None, Query(description="Whether nobody is left")] = None,
) -> ListOut[AgreementOut]:
    """The agreements of the caller's school in campaigns, live: of its staff with the head, and with its partners."""
    found = await AgreementService(work).page(paging.page, AgreementFilter(campaign_id, kind, settled))
    return paging.listed(found, lambda _, shown: shown, await _rows(work, found.items))


@router.get("/{agreement_id}", dependencies=[agreement_reader])
async def get_commitment_agreement(agreement_id: UUID, headers: Tagged, work: WorkDep) -> AgreementDetailOut:
    """One agreement: who is to sign it, and who did."""
    return await _shown(work, await AgreementService(work).get(agreement_id), headers)


@router.get("/{agreement_id}/sheet", dependencies=[agreement_reader], **answers_paper(409))
async def get_agreement_sheet(agreement_id: UUID, work: WorkDep) -> Response:
    """The agreement as PDF: of staff the list with boxes to sign in, with a partner the text to number and sign."""
    sheet = await AgreementSheetService(work).render(agreement_id)
    return paper(sheet, f"ban-cam-ket-{agreement_id}")


@router.get("/{agreement_id}/entries", dependencies=[agreement_reader])
async def list_agreement_entries(agreement_id: UUID, work: WorkDep) -> list[AgreementEntryOut]:
    """What was recorded of an agreement, in order, withdrawn entries too. A refusal's reason is the head's alone."""
    found = await AgreementService(work).history(agreement_id)
    return [AgreementEntryOut.of(entry, staff_id=staff_id, reason=reason) for entry, staff_id, reason in found]


@router.post("/{agreement_id}/signatures", **RECORDS)
async def record_agreement_signatures(
    agreement_id: UUID, body: AgreementSignaturesIn, headers: Tagged, work: WorkDep
) -> AgreementDetailOut:
    """Record a signed agreement, of a whole staff room in one transaction, or none.

    A row that is recorded already changes nothing, so that a sheet may be sent again.
    """
    return await _shown(work, await AgreementService(work).record(agreement_id, body), headers)


@router.post("/{agreement_id}/withdrawals", **RECORDS)
async def withdraw_agreement_signatures(
    agreement_id: UUID, body: AgreementWithdrawalsIn, headers: Tagged, work: WorkDep
) -> AgreementDetailOut:
    """Withdraw what was signed or refused: also the first step of a correction. The former entry stays, marked."""
    return await _shown(work, await AgreementService(work).withdraw(agreement_id, body), headers)


@board.get("/{campaign_id}/agreements", dependencies=[counter])
async def get_agreement_board(campaign_id: UUID, work: WorkDep) -> list[AgreementBoardRowOut]:
    """Which schools of the caller's line have signed which agreements with partners; of their staff nothing."""
    return [AgreementBoardRowOut.model_validate(each) for each in await AgreementService(work).board(campaign_id)]
