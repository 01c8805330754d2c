"""Public operations, without an account."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from app.api.http.deps import (
    Anonymous,
    AnonymousIdempotent,
    AnonymousWork,
    LanguageDep,
    RuntimeDep,
)
from app.api.http.limits import Policy
from app.api.http.routing import NoRecord, Route
from app.api.http.tags import tag
from app.api.intakes.reporter_texts import ADVICE, HAPPENED, NOTICE, STATES
from app.core.paging import PageRequest
from app.core.time import local_date
from app.models.units import UnitFilter
from app.schemas.base import Asked
from app.schemas.intakes.intakes import (
    ProofOfReceiptOut,
    PublicIntakeIn,
    ReceiptIn,
    ReceiptOut,
    ReceiptStatusOut,
)
from app.schemas.units import PublicUnitOut
from app.security.receipts.proof_of_work import PROVEN
from app.services.intakes.public import PublicIntakeService
from app.services.units import UnitService

router = APIRouter(
    prefix="/public",
    tags=[tag("public", "What anyone may call, without an account")],
    route_class=Route,
)
searching = Depends(Anonymous())
reporting = Depends(Anonymous(Policy.REPORT))
# With the dialogue: a report without a solved challenge is received all the same.
in_dialogue = Depends(Anonymous(Policy.DIALOGUE))


@router.get("/units", dependencies=[searching])
async def find_schools(
    response: Response,
    work: AnonymousWork,
    q: Annotated[Asked, Query(min_length=2, description="Part of a school's name")],
) -> list[PublicUnitOut]:
    """Find up to 20 schools by name, for use in an intake."""
    service = UnitService(work)
    found = await service.page(UnitFilter(work.today, kind=("school",), query=q), PageRequest(20, None))
    parents = await service.names({v.parent_id for v in found.items if v.parent_id})
    response.headers["Cache-Control"] = "public, max-age=300"
    return [
        PublicUnitOut(
            id=view.id,
            kind=view.unit.kind,
            name_vi=view.named.name_vi,
            name_en=view.named.name_en,
            parent_name_vi=parents[view.parent_id].name_vi if view.parent_id in parents else None,
        )
        for view in found.items
    ]


@router.get("/challenge", dependencies=[in_dialogue])
async def get_challenge(rt: RuntimeDep) -> dict[str, Any]:
    """A proof-of-work challenge (ALTCHA). Solving it before an intake avoids the slow lane in a flood."""
    return rt.proof_of_work.challenge()


@router.post("/intakes", status_code=201, dependencies=[reporting, AnonymousIdempotent, NoRecord])
async def create_public_intake(body: PublicIntakeIn, work: AnonymousWork, language: LanguageDep) -> ReceiptOut:
    """Report an event that concerns a pupil. No name is required; the caller's address is never stored."""
    service = PublicIntakeService(work)
    receipt, intake = await service.receive(body)
    proof = service.sign_receipt(receipt, intake) if body.wants_proof_of_receipt else None
    return ReceiptOut(
        receipt=receipt,
        received_on=local_date(intake.received_at),
        lane="proven" if intake.lane == PROVEN else "unproven",
        notice=NOTICE[language],
        proof_of_receipt=ProofOfReceiptOut.model_validate(proof) if proof else None,
    )


@router.post("/receipts/status", dependencies=[in_dialogue, NoRecord], responses={404: {}})
async def get_receipt_status(body: ReceiptIn, work: AnonymousWork, language: LanguageDep) -> ReceiptStatusOut:
    """The status of an intake, by its receipt. The receipt is sent in the body because URLs appear in logs."""
    status = await PublicIntakeService(work).status(body.receipt)
    return ReceiptStatusOut(
        received_on=status.received_on,
        state=status.state,
        state_label=STATES[status.state][language],
        raised_above=status.raised_above,
        raised_label=HAPPENED["raised_above"][language] if status.raised_above else None,
        forwarded=status.forwarded,
        forwarded_label=HAPPENED["forwarded"][language] if status.forwarded else None,
        hotline_advice=ADVICE[language],
    )
