"""What the holder of a slip does without an account. The code is in the body, because URLs appear in logs."""

from typing import Final

from fastapi import APIRouter, Depends

from app.api.http.deps import Anonymous, AnonymousWork, LanguageDep
from app.api.http.limits import Policy
from app.api.http.routing import NoRecord, Route
from app.core.problems import Language
from app.schemas.commitments.slips import SlipActIn, SlipReadingIn, SlipReadingOut, SlipStatusIn, SlipStatusOut
from app.services.commitments.public import SlipHolderService

holding = Depends(Anonymous(Policy.SLIP))
router = APIRouter(prefix="/public/commitments", tags=["public"], route_class=Route, dependencies=[holding, NoRecord])
VOLUNTARY: Final[dict[Language, str]] = {
    "vi": "Ký là tự nguyện; chưa ký hoặc không ký không ảnh hưởng đến quyền học tập của học sinh.",
    "en": "Signing is voluntary; not signing has no consequence for the pupil.",
}


@router.post("/reading", responses={404: {}})
async def read_commitment_slip(body: SlipReadingIn, work: AnonymousWork, language: LanguageDep) -> SlipReadingOut:
    """What a campaign asks of a guardian, by the code of a slip, and a nonce for one act. Nothing changes."""
    found = await SlipHolderService(work).read(body.code)
    return SlipReadingOut(**found, notice=VOLUNTARY[language])


@router.post("/status", responses={403: {}, 404: {}})
async def get_commitment_slip_status(body: SlipStatusIn, work: AnonymousWork) -> SlipStatusOut:
    """The answer of the slip's guardian so far. Wrong second things make the next one wait, never for good."""
    return SlipStatusOut.model_validate(await SlipHolderService(work).status(body))


@router.post("/acts", responses={403: {}, 404: {}, 409: {}})
async def act_on_commitment_slip(body: SlipActIn, work: AnonymousWork) -> SlipStatusOut:
    """Sign, refuse, withdraw, or ask the school to call; recorded as the holder of the slip, who is not proven."""
    return SlipStatusOut.model_validate(await SlipHolderService(work).act(body))
