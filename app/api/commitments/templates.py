"""Templates of commitments: versions as documents, and their publication."""

from uuid import UUID

from fastapi import APIRouter

from app.api.commitments.rights import template_manager, template_reader
from app.api.http.deps import Idempotent, PagingDep, WorkDep
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.models.commitments.templates import CommitmentTemplate
from app.schemas.base import ListOut
from app.schemas.commitments.templates import (
    CommitmentTemplateDetailOut,
    CommitmentTemplateIn,
    CommitmentTemplateOut,
    TemplateCode,
)
from app.services.commitments.templates import CommitmentTemplateService

router = APIRouter(
    prefix="/commitment-templates",
    tags=[tag("commitments", "Yearly commitments: templates, campaigns, and class by class what was signed")],
    route_class=Route,
)


def _shown(headers: RecordHeaders, template: CommitmentTemplate) -> CommitmentTemplateDetailOut:
    headers.tag(template.version)
    return CommitmentTemplateDetailOut.model_validate(template)


@router.get("", dependencies=[template_reader])
async def list_commitment_templates(
    paging: PagingDep, work: WorkDep, code: TemplateCode | None = None
) -> ListOut[CommitmentTemplateOut]:
    """Versions without their documents: published ones of the product and the units above, and the unit's own."""
    found = await CommitmentTemplateService(work).page(paging.page, code)
    return paging.listed(found, CommitmentTemplateOut.model_validate)


@router.get("/{template_id}", dependencies=[template_reader])
async def get_commitment_template(template_id: UUID, headers: Tagged, work: WorkDep) -> CommitmentTemplateDetailOut:
    """One version of a template, with its document."""
    return _shown(headers, await CommitmentTemplateService(work).get(template_id))


@router.post("", status_code=201, dependencies=[template_manager, Idempotent])
async def create_commitment_template(
    body: CommitmentTemplateIn, headers: Created, work: WorkDep
) -> CommitmentTemplateDetailOut:
    """Draft the next version of a code as one document. A version never changes: what is to change is a new version."""
    template = await CommitmentTemplateService(work).create(body)
    headers.locate(f"/commitment-templates/{template.id}")
    return _shown(headers, template)


@router.post(
    "/{template_id}/publication", status_code=201, dependencies=[template_manager, Idempotent], responses={409: {}}
)
async def publish_commitment_template(template_id: UUID, headers: Tagged, work: WorkDep) -> CommitmentTemplateDetailOut:
    """Publish a version of the unit, for campaigns of the unit and those below it."""
    return _shown(headers, await CommitmentTemplateService(work).publish(template_id))
