"""Slips of a class: printed once, listed without their codes."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.api.commitments.rights import slip_printer, slip_reader
from app.api.http.deps import WorkDep
from app.api.http.papers import answers_paper, paper
from app.api.http.routing import NoRecord, Route
from app.models.commitments.slips import CommitmentSlip
from app.schemas.commitments.slips import CommitmentSlipOut, SlipHandoverIn, SlipPinOut, SlipsIn
from app.services.commitments.slip_papers import SlipPaperService
from app.services.commitments.slips import SlipService

of_class = APIRouter(prefix="/commitment-classes", tags=["commitments"], route_class=Route)
router = APIRouter(prefix="/commitment-slips", tags=["commitments"], route_class=Route)


@of_class.get("/{commitment_class_id}/slips", dependencies=[slip_reader])
async def list_commitment_slips(commitment_class_id: UUID, work: WorkDep) -> list[CommitmentSlipOut]:
    """The slips of a class, ended ones too, without their codes."""
    return [_shown(*each) for each in await SlipService(work).of_class(commitment_class_id)]


@of_class.post("/{commitment_class_id}/slips", dependencies=[slip_printer, NoRecord], **answers_paper(409))
async def print_commitment_slips(commitment_class_id: UUID, body: SlipsIn, work: WorkDep) -> Response:
    """Slips to cut, as PDF, each with a code for one guardian. The codes are shown here alone.

    The former slip of a guardian ends: a reprint has a new code.
    """
    return paper(await SlipPaperService(work).issue(commitment_class_id, body), f"phieu-ma-{commitment_class_id}")


@router.post("/{commitment_slip_id}/handover", dependencies=[slip_printer, NoRecord], **answers_paper(409))
async def hand_over_commitment_slip(commitment_slip_id: UUID, body: SlipHandoverIn, work: WorkDep) -> Response:
    """End a slip, and print one for another guardian of the same learner."""
    printed = await SlipPaperService(work).hand_over(commitment_slip_id, body.guardian_id)
    return paper(printed, f"phieu-ma-{commitment_slip_id}")


@router.post("/{commitment_slip_id}/withdrawal", dependencies=[slip_printer, NoRecord], responses={409: {}})
async def withdraw_commitment_slip(commitment_slip_id: UUID, work: WorkDep) -> CommitmentSlipOut:
    """End a slip, such as a lost one. What was signed with it stays."""
    return _shown(*await SlipService(work).withdraw(commitment_slip_id))


@router.post("/{commitment_slip_id}/pin", dependencies=[slip_printer, NoRecord], responses={409: {}})
async def make_commitment_slip_pin(commitment_slip_id: UUID, work: WorkDep) -> SlipPinOut:
    """A PIN for a slip, shown once. From then on the digits of the telephone no longer open the slip."""
    return SlipPinOut(slip_id=commitment_slip_id, pin=await SlipService(work).new_pin(commitment_slip_id))


def _shown(slip: CommitmentSlip, learner_id: UUID | None) -> CommitmentSlipOut:
    return CommitmentSlipOut.of(slip, learner_id=learner_id, has_pin=slip.pin_digest is not None)
