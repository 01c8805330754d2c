"""Slips by which uploaded accounts are activated."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.api.http.deps import May, WorkDep
from app.api.http.papers import answers_paper, paper
from app.api.http.routing import NoRecord, Route
from app.schemas.uploads.slips import ActivationSlipsIn
from app.security.access.roles import Act, Resource
from app.services.uploads.slips import ActivationSlipService

router = APIRouter(tags=["uploads"], route_class=Route)
manager = Depends(May(Act.MANAGE, Resource.USER))


@router.post("/uploads/{upload_id}/activation-slips", dependencies=[manager, NoRecord], **answers_paper(409))
async def draw_activation_slips(upload_id: UUID, body: ActivationSlipsIn, work: WorkDep) -> Response:
    """Slips to cut out, as PDF, for the uploader: a new one-time code for each account that is not activated.

    The document is stored nowhere and the codes are in no other answer. Another call draws new codes, and ends those
    of earlier slips.
    """
    drawn = await ActivationSlipService(work).render(upload_id, body.user_ids)
    return paper(drawn, f"phieu-kich-hoat-{upload_id.hex[-8:]}")
