"""Referrals of an incident, and the referrals of a whole line."""

from datetime import date
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from app.api.http.answer_headers import NAMED
from app.api.http.deps import (
    Idempotent,
    IfMatch,
    May,
    PagingDep,
    WorkDep,
    check_tag,
    entity_tag,
)
from app.api.http.filters import ListFilterDep, Several, several
from app.api.http.next_actions import Acts, next_actions
from app.api.http.papers import answers_paper, paper
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route, content
from app.api.http.tags import tag
from app.core.months import MONTH
from app.models.referrals import Month, Referral
from app.schemas.base import ListOut
from app.schemas.referrals.flow import REFERRAL_FLOW, ReferralState
from app.schemas.referrals.referrals import (
    FollowUpIn,
    FollowUpOut,
    ReconciledOut,
    ReferralAnswerIn,
    ReferralDetailOut,
    ReferralIn,
    ReferralOut,
    ReferralTransitionIn,
    UnansweredOut,
)
from app.security.access.roles import Act, Resource
from app.services.cases.incidents import IncidentService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.referrals.follow_ups import FollowUpService
from app.services.referrals.reconciliation import Reconciled, ReconciliationService
from app.services.referrals.referrals import ReferralService

router = APIRouter(tags=[tag("referrals", "Incidents told to hotlines and agencies, and by them")], route_class=Route)
reader = Depends(May(Act.READ, Resource.REFERRAL))
creator = Depends(May(Act.CREATE, Resource.REFERRAL))
editor = Depends(May(Act.UPDATE, Resource.REFERRAL))
answerer = Depends(May(Act.DECIDE, Resource.REFERRAL))


def _month(
    month: Annotated[str, Query(pattern=MONTH, description="Such as 2027-01, of Việt Nam's calendar")],
    hotline_id: UUID | None = None,
    agency_id: UUID | None = None,
) -> Month:
    return Month(date.fromisoformat(f"{month}-01"), hotline_id, agency_id)


MonthDep = Annotated[Month, Depends(_month)]

ACTS = Acts(
    REFERRAL_FLOW,
    dict.fromkeys(REFERRAL_FLOW.actions, "take_referral_step") | {"follow_up": "record_follow_up"},
)
# Of the agency that it was made to.
ANSWERS = Acts(REFERRAL_FLOW, dict.fromkeys(("acknowledge", "record_outcome", "record_feedback"), "answer_referral"))


async def _out(work: UnitOfWork, referral: Referral, headers: RecordHeaders) -> ReferralDetailOut:
    tier = await ReferralService(work).tier(referral)
    headers.tag(referral.version, int(tier))
    service, actions = ReferralService(work), []
    for acts, check in ((ACTS, service.check_act), (ANSWERS, service.check_answer)):
        actions += await next_actions(work, acts, partial(check, referral), referral_id=referral.id)
    return ReferralDetailOut.shown(referral, tier, next_actions=actions)


@router.post("/incidents/{incident_id}/referrals", status_code=201, dependencies=[creator, Idempotent])
async def create_referral(incident_id: UUID, body: ReferralIn, headers: Created, work: WorkDep) -> ReferralDetailOut:
    """Record a referral of an incident to or from a hotline or agency.

    The referral is only recorded: the partner is informed by the named channel, not by this system.
    """
    incident = await IncidentService(work).writable(incident_id)
    referral = await ReferralService(work).create(incident, body)
    headers.locate(f"/referrals/{referral.id}")
    return await _out(work, referral, headers)


@router.get("/referrals", dependencies=[reader])
async def list_referrals(
    paging: PagingDep,
    work: WorkDep,
    common: ListFilterDep,
    incident_id: UUID | None = None,
    state: Several[ReferralState] = None,
) -> ListOut[ReferralOut]:
    """Referrals in the caller's reach, newest first."""
    service = ReferralService(work)
    found = await service.page(paging.page, common, incident_id=incident_id, state=several(state))
    return paging.listed(found, ReferralOut.shown, await service.tiers(found.items))


@router.get("/referrals/overdue", dependencies=[reader])
async def list_unanswered_referrals(paging: PagingDep, work: WorkDep) -> ListOut[UnansweredOut]:
    """Outward referrals of the caller's line that the partner did not acknowledge in time, newest first."""
    return paging.listed(await FollowUpService(work).unanswered(paging.page), UnansweredOut.model_validate)


@router.get("/referrals/reconciliation", dependencies=[reader])
async def list_referrals_to_reconcile(month: MonthDep, paging: PagingDep, work: WorkDep) -> ListOut[ReconciledOut]:
    """Referrals of the caller's line that were made in a month, to be compared with the partner's books.

    The partner itself finds those made to its own agency and shared with it from tier 2 on.
    """
    found = await ReconciliationService(work).page(month, paging.page)
    return paging.listed(found, _reconciled)


def _reconciled(row: Reconciled) -> ReconciledOut:
    beside = {"incident_code": row.incident_code, "unit_id": row.unit_id, "partner_name_vi": row.partner_name_vi}
    return ReconciledOut.of(row.referral, **beside)


@router.get(
    "/referrals/reconciliation.csv",
    dependencies=[reader],
    response_class=Response,
    responses=content("text/csv", "string"),
    openapi_extra=NAMED,
)
async def get_reconciliation_table(month: MonthDep, work: WorkDep) -> Response:
    """The same list, whole, as a table for a spreadsheet, to be printed or sent to the partner."""
    table = await ReconciliationService(work).table(month)
    name = f'attachment; filename="doi-chieu-{month.first:%Y-%m}.csv"'
    return Response(table, media_type="text/csv", headers={"Content-Disposition": name})


@router.get("/referrals/{referral_id}/follow-ups", dependencies=[reader])
async def list_follow_ups(referral_id: UUID, work: WorkDep) -> list[FollowUpOut]:
    """How often and with what result the partner was asked."""
    referral = await ReferralService(work).get(referral_id)
    tier = await ReferralService(work).tier(referral)
    return [FollowUpOut.shown(each, tier) for each in await FollowUpService(work).of_referral(referral)]


@router.post("/referrals/{referral_id}/follow-ups", status_code=201, dependencies=[editor, Idempotent])
async def record_follow_up(referral_id: UUID, body: FollowUpIn, work: WorkDep) -> FollowUpOut:
    """Record that the partner of an outward referral was asked after its silence. It does not call by itself."""
    referral = await ReferralService(work).writable(referral_id)
    return FollowUpOut.shown(await FollowUpService(work).record(referral, body), work.actor.case_tier)


@router.get("/referrals/{referral_id}", dependencies=[reader])
async def get_referral(referral_id: UUID, headers: Tagged, work: WorkDep) -> ReferralDetailOut:
    """One referral."""
    return await _out(work, await ReferralService(work).get(referral_id), headers)


@router.post("/referrals/{referral_id}/transitions", dependencies=[editor, Idempotent])
async def take_referral_step(
    referral_id: UUID, body: ReferralTransitionIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> ReferralDetailOut:
    """Take one step: acknowledged, outcome, feedback, closed, withdrawn."""
    service = ReferralService(work)
    referral = await service.writable(referral_id)
    check_tag(tag, entity_tag(referral.version, int(await service.tier(referral))))
    return await _out(work, await service.transition(referral, body), headers)


@router.post("/referrals/{referral_id}/answers", dependencies=[answerer, Idempotent])
async def answer_referral(
    referral_id: UUID, body: ReferralAnswerIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> ReferralDetailOut:
    """The agency that it was handed to, and shared with, says itself what became of it."""
    service = ReferralService(work)
    referral = await service.get(referral_id)
    check_tag(tag, entity_tag(referral.version, int(await service.tier(referral))))
    return await _out(work, await service.answer(referral, body), headers)


@router.get("/referrals/{referral_id}/handover-sheet", dependencies=[reader], **answers_paper())
async def get_handover_sheet(referral_id: UUID, work: WorkDep) -> Response:
    """The numbered hand-over sheet of an outward referral, as PDF, for a partner without an interface; tier 3."""
    service = ReferralService(work)
    sheet = await service.handover_sheet(await service.get(referral_id))
    return paper(sheet, f"phieu-chuyen-giao-{referral_id}")
