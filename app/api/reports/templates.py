"""Templates of reports: versions, drafts, publication."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.api.http.deps import Idempotent, IfMatch, May, PagingDep, WorkDep, check_tag, entity_tag
from app.api.http.entity_tags import Tags
from app.api.http.filters import Several, several
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.models.reports.templates import ReportTemplate, TemplateFilter
from app.schemas.base import Asked, ListOut
from app.schemas.reports.templates import PublicationIn, TemplateDetailOut, TemplateDraftIn, TemplateIn, TemplateOut
from app.security.access.roles import Act, Resource
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.templates.templates import TemplateService

router = APIRouter(
    prefix="/report-templates",
    tags=[tag("report-templates", "Forms of reports as data: sections, indicators and rules, versioned and dated")],
    route_class=Route,
)
reader = Depends(May(Act.READ, Resource.REPORT_TEMPLATE))
manager = Depends(May(Act.MANAGE, Resource.REPORT_TEMPLATE))


def _day(template: ReportTemplate) -> date | None:
    """A draft is in force on no day."""
    return template.valid_from if template.published_at is not None else None


def _row(template: ReportTemplate) -> TemplateOut:
    return TemplateOut.of(template, valid_from=_day(template))


def _shown(headers: RecordHeaders, template: ReportTemplate) -> TemplateDetailOut:
    headers.tag(template.version)
    return TemplateDetailOut.of(template, valid_from=_day(template))


async def _matched(work: UnitOfWork, template_id: UUID, tags: Tags) -> ReportTemplate:
    template = await TemplateService(work).own(template_id)
    check_tag(tags, entity_tag(template.version))
    return template


@router.get("", dependencies=[reader])
async def list_report_templates(
    paging: PagingDep,
    work: WorkDep,
    code: Several[Asked] = None,
    as_of: Annotated[
        date | None, Query(description="Only what is in force on the day: of each code the one version")
    ] = None,
) -> ListOut[TemplateOut]:
    """List the versions of templates, without their definitions: published ones, and the unit's own drafts."""
    found = await TemplateService(work).page(TemplateFilter(several(code), as_of), paging.page)
    return paging.listed(found, _row)


@router.get("/{template_id}", dependencies=[reader])
async def get_report_template(template_id: UUID, headers: Tagged, work: WorkDep) -> TemplateDetailOut:
    """One version of a template, with its definition."""
    return _shown(headers, await TemplateService(work).get(template_id))


@router.post("", status_code=201, dependencies=[manager, Idempotent])
async def create_report_template(body: TemplateIn, headers: Created, work: WorkDep) -> TemplateDetailOut:
    """Draft the next version of a template as one document, which is checked whole.

    Faults of form come together; a document of the right form has every other fault, each with its place.

    Against the version before it may reorder, reword, add and drop; unit, measure and roll-up of an indicator stay
    once a report has a value of it.
    """
    template = await TemplateService(work).create(body)
    headers.locate(f"/report-templates/{template.id}")
    return _shown(headers, template)


@router.put("/{template_id}", dependencies=[manager])
async def replace_report_template(
    template_id: UUID, body: TemplateDraftIn, tags: IfMatch, headers: Tagged, work: WorkDep
) -> TemplateDetailOut:
    """Replace the document of the unit's draft; a published version does not change."""
    template = await _matched(work, template_id, tags)
    return _shown(headers, await TemplateService(work).replace(template, body))


@router.post("/{template_id}/publication", status_code=201, dependencies=[manager, Idempotent])
async def publish_report_template(
    template_id: UUID, body: PublicationIn, tags: IfMatch, headers: Tagged, work: WorkDep
) -> TemplateDetailOut:
    """Freeze the unit's draft, in force from a day on; the unit's version before ends on it."""
    template = await _matched(work, template_id, tags)
    return _shown(headers, await TemplateService(work).publish(template, body))
