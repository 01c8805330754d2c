"""Retention: classes and levels, legal holds, what comes due, and certificates of destruction."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.api.http.deps import Idempotent, May, PagingDep, WorkDep
from app.api.http.record_headers import Tagged
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.core.months import MONTH
from app.schemas.base import ListOut, LocalRuleEndIn
from app.schemas.privacy.retention import (
    CertificateDetailOut,
    CertificateOut,
    DueCountOut,
    DueOut,
    LocalRetentionIn,
    LocalRetentionOut,
    PreviewOut,
    RetentionClassOut,
    RetentionHoldIn,
    RetentionHoldOut,
)
from app.security.access.roles import Act, Resource
from app.services.cases.incidents import IncidentService
from app.services.privacy.destructions import DestructionService
from app.services.privacy.retention import RetentionService

router = APIRouter(
    tags=[
        tag("retention", "How long records are kept, what keeps them longer, and certificates of what was destroyed")
    ],
    route_class=Route,
)
reader = Depends(May(Act.READ, Resource.RETENTION))
manager = Depends(May(Act.MANAGE, Resource.RETENTION))
holder = Depends(May(Act.MANAGE, Resource.HOLD))
class_reader = Depends(May(Act.READ, Resource.CODE_LIST))


@router.get("/retention/classes", dependencies=[class_reader])
async def list_retention_classes(
    work: WorkDep, as_of: Annotated[date | None, Query(description="Today if left out")] = None
) -> list[RetentionClassOut]:
    """List the retention classes in force on a day, with their sources."""
    return [
        RetentionClassOut.model_validate(each) for each in await RetentionService(work).classes(as_of or work.today)
    ]


@router.get("/local-retentions", dependencies=[class_reader])
async def list_local_retentions(
    work: WorkDep, as_of: Annotated[date | None, Query(description="Today if left out")] = None
) -> list[LocalRetentionOut]:
    """The periods that bind the caller's unit: its own and those of all above it. The longest holds."""
    levels = await RetentionService(work).local_retentions(work.actor.org_path, as_of or work.today)
    return [LocalRetentionOut.model_validate(level) for level in levels]


@router.post("/local-retentions", status_code=201, dependencies=[manager, Idempotent])
async def set_local_retention(body: LocalRetentionIn, work: WorkDep) -> LocalRetentionOut:
    """Set a longer period for the caller's unit and all below it. A department's makes a default a decision."""
    return LocalRetentionOut.model_validate(await RetentionService(work).override(body))


@router.post("/local-retentions/{rule_id}/end", dependencies=[manager])
async def end_local_retention(rule_id: UUID, body: LocalRuleEndIn, work: WorkDep) -> LocalRetentionOut:
    """End a period of the caller's own unit on a day."""
    return LocalRetentionOut.model_validate(await RetentionService(work).end_override(rule_id, body.valid_to))


@router.get("/incidents/{incident_id}/holds", dependencies=[reader])
async def list_holds(incident_id: UUID, work: WorkDep) -> list[RetentionHoldOut]:
    """List the legal holds of an incident, including lifted ones."""
    incident = await IncidentService(work).writable(incident_id)
    return [
        RetentionHoldOut.shown(each, work.actor.case_tier) for each in await RetentionService(work).holds_of(incident)
    ]


@router.post("/incidents/{incident_id}/holds", status_code=201, dependencies=[holder, Idempotent])
async def place_hold(incident_id: UUID, body: RetentionHoldIn, headers: Tagged, work: WorkDep) -> RetentionHoldOut:
    """Place a legal hold on an incident: it blocks destruction, whatever a schedule or a request says."""
    hold = await RetentionService(work).place_hold(incident_id, body)
    headers.tag(hold.version, int(work.actor.case_tier))
    return RetentionHoldOut.shown(hold, work.actor.case_tier)


@router.delete("/incidents/{incident_id}/holds/{hold_id}", status_code=204, dependencies=[holder])
async def lift_hold(incident_id: UUID, hold_id: UUID, work: WorkDep) -> None:
    """Lift a legal hold. Only the unit that placed it and its superiors may do so."""
    incident = await IncidentService(work).writable(incident_id)
    await RetentionService(work).lift_hold(incident, hold_id)


@router.get("/retention/preview", dependencies=[reader])
async def preview_destruction(
    paging: PagingDep,
    work: WorkDep,
    month: Annotated[str, Query(pattern=MONTH, description="Such as 2027-01")],
) -> PreviewOut:
    """Preview the records of the caller's unit and its subordinates due by the end of a month, and those on hold."""
    found, counts = await RetentionService(work).preview(date.fromisoformat(f"{month}-01"), paging.page)
    listed = paging.listed(found, DueOut.model_validate)
    shown = [DueCountOut.model_validate(count) for count in counts]
    return PreviewOut(counts=shown, items=listed.items, next_cursor=listed.next_cursor)


@router.get("/retention/certificates", dependencies=[reader])
async def list_certificates(paging: PagingDep, work: WorkDep) -> ListOut[CertificateOut]:
    """List certificates of destruction of the caller's unit and its subordinates, newest first."""
    found = await DestructionService(work).page(paging.page)
    return paging.listed(found, CertificateOut.model_validate)


@router.get("/retention/certificates/{certificate_id}", dependencies=[reader])
async def get_certificate(certificate_id: UUID, work: WorkDep) -> CertificateDetailOut:
    """One certificate, with the digests of the destroyed keys and its position in the ledger."""
    return CertificateDetailOut.model_validate(await DestructionService(work).get(certificate_id))
