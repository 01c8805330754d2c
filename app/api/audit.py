"""The audit log."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.api.http.deps import May, PagingDep, WorkDep
from app.api.http.filters import Several, several
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.models.audit import AuditFilter
from app.schemas.audit import AccessOut, AuditEntryOut, AuditProofOut
from app.schemas.base import Asked, Instant, ListOut
from app.security.access.roles import Act, Resource
from app.security.audit.chain import leaf
from app.services.audit import AuditService
from app.services.cases.incidents import IncidentService

router = APIRouter(tags=[tag("audit", "Who saw and changed what")], route_class=Route)
RECORD = (
    "Of a learner the acts that wrote the record, a number, a guardian or an enrolment, by hand or by upload; of any"
    " other record the uploads that wrote it, or the upload itself"
)
auditor = Depends(May(Act.READ, Resource.AUDIT))
sharer = Depends(May(Act.SHARE, Resource.INCIDENT))


@router.get("/audit/entries", dependencies=[auditor])
async def list_audit_entries(
    paging: PagingDep,
    work: WorkDep,
    actor_id: UUID | None = None,
    about: Several[Asked] = None,
    incident_id: UUID | None = None,
    record_id: Annotated[UUID | None, Query(description=RECORD)] = None,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    until: Annotated[Instant | None, Query(alias="to")] = None,
) -> ListOut[AuditEntryOut]:
    """List writes and views by actors of the caller's unit and its subordinates, newest first."""
    wanted = AuditFilter(actor_id, several(about), incident_id, record_id, since, until)
    found = await AuditService(work).page(wanted, paging.page)
    return paging.listed(found, AuditEntryOut.model_validate)


@router.get("/audit/entries/{entry_id}/proof", dependencies=[auditor], responses={409: {}})
async def get_audit_proof(entry_id: UUID, work: WorkDep) -> AuditProofOut:
    """Proof that an entry is in a signed block, verifiable without this system; 409 until the block is sealed."""
    proof = await AuditService(work).proof(entry_id)
    return AuditProofOut(
        entry_id=proof.entry.id,
        leaf=leaf(proof.entry.body).hex(),
        position=proof.entry.position or 0,
        path=proof.path,
        block=proof.block.number,
        count=proof.block.count,
        previous=proof.block.previous,
        root=proof.block.root,
        sealed_at=proof.block.sealed_at.isoformat(),
        signature=proof.block.signature,
    )


@router.get("/incidents/{incident_id}/access", dependencies=[sharer])
async def list_incident_access(incident_id: UUID, work: WorkDep) -> list[AccessOut]:
    """The latest 500 views and changes of a case by role and kind of unit, without names, for the family's question."""
    service = IncidentService(work)
    incident = await service.writable(incident_id)
    found = await AuditService(work).access(incident, service.hidden_before(incident))
    return [AccessOut.model_validate(each) for each in found]
