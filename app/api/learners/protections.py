"""Protected learners: marks of the department."""

from uuid import UUID

from fastapi import APIRouter, Depends

from app.api.http.deps import Idempotent, IfMatch, May, PagingDep, WorkDep, check_tag, entity_tag
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route
from app.models.learners.protections import LearnerProtection
from app.schemas.base import ListOut
from app.schemas.learners.protections import ProtectionEndIn, ProtectionIn, ProtectionOut
from app.security.access.roles import Act, Resource
from app.services.learners.protections import ProtectionService

router = APIRouter(prefix="/learner-protections", tags=["learners"], route_class=Route)
protector = Depends(May(Act.MANAGE, Resource.LEARNER))


def _out(protection: LearnerProtection, headers: RecordHeaders) -> ProtectionOut:
    headers.tag(protection.version)
    return ProtectionOut.model_validate(protection)


@router.get("", dependencies=[protector])
async def list_learner_protections(paging: PagingDep, work: WorkDep) -> ListOut[ProtectionOut]:
    """List the marks of the department, newest first, ended ones too."""
    return paging.listed(await ProtectionService(work).page(paging.page), ProtectionOut.model_validate)


@router.post("", status_code=201, dependencies=[protector, Idempotent])
async def protect_learner(body: ProtectionIn, headers: Created, work: WorkDep) -> ProtectionOut:
    """Mark a learner as protected: look-ups by others find nothing and go to the department."""
    made = await ProtectionService(work).set(body)
    headers.locate(f"/learner-protections/{made.id}")
    return _out(made, headers)


@router.get("/{protection_id}", dependencies=[protector])
async def get_learner_protection(protection_id: UUID, headers: Tagged, work: WorkDep) -> ProtectionOut:
    """One mark."""
    return _out(await ProtectionService(work).get(protection_id), headers)


@router.post("/{protection_id}/end", dependencies=[protector, Idempotent])
async def end_learner_protection(
    protection_id: UUID, body: ProtectionEndIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> ProtectionOut:
    """Say from which day the child is no longer protected."""
    service = ProtectionService(work)
    found = await service.get(protection_id)
    check_tag(tag, entity_tag(found.version))
    return _out(await service.end(found, body), headers)
