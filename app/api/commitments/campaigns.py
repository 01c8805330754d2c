"""Campaigns: announced by a unit, adopted by schools, and counted."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.api.commitments.rights import campaigner, counter, reader, recorder
from app.api.http.deps import Idempotent, PagingDep, WorkDep
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import NoRecord, Route
from app.models.commitments.campaigns import CampaignFilter, CommitmentCampaign
from app.models.commitments.classes import Tally
from app.schemas.base import ListOut, SchoolYearCode
from app.schemas.commitments.campaigns import (
    AdoptionOut,
    CampaignIn,
    CampaignOut,
    CommitmentBoardRowOut,
    CommitmentCountOut,
    DifferenceOut,
)
from app.services.commitments.adoptions import AdoptionService
from app.services.commitments.boards import BoardService
from app.services.commitments.campaigns import CampaignService
from app.services.commitments.counters import CounterService

router = APIRouter(prefix="/commitment-campaigns", tags=["commitments"], route_class=Route)


def _shown(headers: RecordHeaders, campaign: CommitmentCampaign) -> CampaignOut:
    headers.tag(campaign.version)
    return CampaignOut.model_validate(campaign)


@router.get("", dependencies=[reader])
async def list_commitment_campaigns(
    paging: PagingDep,
    work: WorkDep,
    school_year: Annotated[SchoolYearCode | None, Query(description="Such as 2026-2027")] = None,
) -> ListOut[CampaignOut]:
    """The campaigns of the caller's unit, and of the units above and below it."""
    found = await CampaignService(work).page(paging.page, CampaignFilter(school_year))
    return paging.listed(found, CampaignOut.model_validate)


@router.post("", status_code=201, dependencies=[campaigner, Idempotent])
async def create_commitment_campaign(body: CampaignIn, headers: Created, work: WorkDep) -> CampaignOut:
    """Announce a campaign of a school year to the caller's line. Each school then adopts it for its classes."""
    campaign = await CampaignService(work).create(body)
    headers.locate(f"/commitment-campaigns/{campaign.id}")
    return _shown(headers, campaign)


@router.get("/{campaign_id}", dependencies=[reader])
async def get_commitment_campaign(campaign_id: UUID, headers: Tagged, work: WorkDep) -> CampaignOut:
    """One campaign."""
    return _shown(headers, await CampaignService(work).get(campaign_id))


@router.post("/{campaign_id}/adoption", dependencies=[campaigner, Idempotent, NoRecord], responses={409: {}})
async def adopt_commitment_campaign(campaign_id: UUID, work: WorkDep) -> AdoptionOut:
    """Put the classes of the caller's school into the campaign, with everybody who is on their rolls today.

    Done again, it adds who came since, and voids what is open of learners who left the school.
    """
    return AdoptionOut.model_validate(await AdoptionService(work).adopt(campaign_id))


@router.get("/{campaign_id}/board", dependencies=[counter])
async def get_commitment_board(campaign_id: UUID, work: WorkDep) -> list[CommitmentBoardRowOut]:
    """Settled and owed by school. Above a school the figures of the day's edition: no 1 to 4 of anything, no total."""
    return [CommitmentBoardRowOut.model_validate(each) for each in await BoardService(work).board(campaign_id)]


@router.get("/{campaign_id}/differences", dependencies=[recorder])
async def list_commitment_differences(campaign_id: UUID, work: WorkDep) -> list[DifferenceOut]:
    """Count the caller's classes anew: the counters that differ from their rows, which none should."""
    await CampaignService(work).get(campaign_id)
    found = await CounterService(work).differences(campaign_id)
    return [
        DifferenceOut.of(each, counted=_count(each.party, each.counted), found=_count(each.party, each.found))
        for each in found
    ]


def _count(party: str, tally: Tally) -> CommitmentCountOut:
    return CommitmentCountOut.model_validate({"party": party, **asdict(tally)})
