"""Templates: a version is drafted as one document, checked whole, and frozen when it is published."""

from uuid import UUID

from app.core.canonical_json import digest_of
from app.core.paging import Page, PageRequest
from app.core.problems import DUPLICATE, FORBIDDEN, INVALID, NOT_FOUND, FieldFault, fault, invalid
from app.models.reports.templates import ReportTemplate, TemplateFilter
from app.repositories.reports.templates import TemplateRepository
from app.schemas.reports.definitions import Definition
from app.schemas.reports.templates import PublicationIn, TemplateDraftIn, TemplateIn
from app.security.access.elevation import ElevationReason
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService
from app.services.reports.templates.definitions import stored
from app.services.reports.templates.frozen_indicators import frozen_faults
from app.services.reports.templates.known import Known, known_of
from app.services.reports.templates.problems import INDICATOR_FROZEN, TEMPLATE_FROZEN
from app.services.reports.templates.rule_checks import check_definition


class TemplateService:
    """Use cases of templates. A published version is frozen: what changes is a new version."""

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.templates = TemplateRepository(work.session)

    async def page(self, wanted: TemplateFilter, page: PageRequest) -> Page[ReportTemplate]:
        actor = self.work.actor
        if wanted.as_of is None:
            query = self.templates.shown_to(actor.unit_id, actor.org_path)
        else:
            query = self.templates.in_force(actor.org_path, wanted.as_of)
        return await self.templates.page(self.templates.asked(query, wanted), page)

    async def get(self, template_id: UUID) -> ReportTemplate:
        """Raises `not_found` (404), also for another unit's draft."""
        actor = self.work.actor
        query = self.templates.shown_to(actor.unit_id, actor.org_path)
        found = await self.templates.first(query.where(ReportTemplate.id == template_id))
        if found is None:
            raise NOT_FOUND()
        return found

    async def own(self, template_id: UUID) -> ReportTemplate:
        """A version that the caller's unit made. Raises `not_found` (404), `forbidden` (403) for another's."""
        template = await self.get(template_id)
        if template.unit_id != self.work.actor.unit_id:
            raise FORBIDDEN()
        return template

    async def create(self, data: TemplateIn) -> ReportTemplate:
        """Draft the next version of a code.

        Raises `invalid` (422) with every fault of the document, `duplicate` (409) beside a draft or for a code of
        another unit of the line, `indicator_frozen` (409).
        """
        versions = await self._versions(data.code)
        self._check_code(versions)
        await self._check(data.code, data.definition)
        document = stored(data.definition)
        template = ReportTemplate(
            code=data.code,
            number=1 + max((each.number for each in versions), default=0),
            label_vi=data.definition.title_vi,
            label_en=data.definition.title_en,
            definition=document,
            digest=digest_of(document),
            unit_id=self.work.actor.unit_id,
            valid_from=self.work.today,
            created_at=self.work.now,
            created_by=self.work.actor.id,
        )
        self.templates.add(template)
        await self.work.flush()
        return template

    async def replace(self, template: ReportTemplate, data: TemplateDraftIn) -> ReportTemplate:
        """Replace a draft's document. Raises `template_frozen` (409), and as `create`."""
        self._check_draft(template)
        await self._check(template.code, data.definition)
        template.definition = stored(data.definition)
        template.digest = digest_of(template.definition)
        template.label_vi, template.label_en = data.definition.title_vi, data.definition.title_en
        await self.work.flush()
        return template

    async def publish(self, template: ReportTemplate, data: PublicationIn) -> ReportTemplate:
        """Freeze a draft, in force from a day on; the unit's version before ends on it.

        The document is checked again: sources and values may have changed since. Raises `template_frozen` (409), and as
        `create`; `invalid` (422) for a day that is not after the beginning of the version before.
        """
        self._check_draft(template)
        await self._check(template.code, Definition.model_validate(template.definition))
        former = await self._former(template)
        if former is not None and data.valid_from <= former.valid_from:
            text = ("Phải sau ngày hiệu lực của phiên bản trước", "It must begin after the version before")
            raise invalid("/valid_from", "not_later", *text)
        if former is not None and former.unit_id == template.unit_id:
            former.valid_to = data.valid_from
        template.valid_from = data.valid_from
        template.published_at, template.published_by = self.work.now, self.work.actor.id
        await self.work.flush()
        return template

    async def _versions(self, code: str) -> list[ReportTemplate]:
        return await self.templates.versions(code, self.work.actor.org_path)

    async def _former(self, template: ReportTemplate) -> ReportTemplate | None:
        """The unit's or the product's version that came last into force."""
        makers = {None, template.unit_id}
        versions = await self._versions(template.code)
        found = [each for each in versions if each.published_at is not None and each.unit_id in makers]
        return max(found, key=lambda each: (each.valid_from, each.number), default=None)

    def _check_code(self, versions: list[ReportTemplate]) -> None:
        """A code is the product's, for every unit to go on with, or that of the unit that drafted it first."""
        makers = {each.unit_id for each in versions}
        if makers and makers.isdisjoint({None, self.work.actor.unit_id}):
            text = ("Mã này của đơn vị khác", "The code is another unit's")
            raise DUPLICATE(faults=[fault("/code", "code_taken", *text)])
        if any(each.unit_id == self.work.actor.unit_id and each.published_at is None for each in versions):
            text = ("Đã có bản thảo của mẫu này", "There is a draft of this template already")
            raise DUPLICATE(faults=[fault("/code", "draft_exists", *text)])

    def _check_draft(self, template: ReportTemplate) -> None:
        if template.published_at is not None:
            raise TEMPLATE_FROZEN()

    async def _check(self, code: str, definition: Definition) -> None:
        if faults := check_definition(definition, await self._known()):
            raise INVALID(faults=faults)
        if frozen := await self._frozen(code, definition):
            raise INDICATOR_FROZEN(faults=frozen)

    async def _known(self) -> Known:
        entries = await CodeListService(self.work).of_lists((), None)
        return known_of((entry.list, entry.code) for entry in entries)

    async def _frozen(self, code: str, definition: Definition) -> list[FieldFault]:
        """Values of every unit of the line count, whichever unit drafts: the form is one."""
        versions = {each.id: each for each in await self._versions(code)}
        async with self.work.elevated(ElevationReason.TEMPLATE_USE):
            reported = await self.templates.reported(sorted(versions))
        used = [
            (Definition.model_validate(versions[template_id].definition), {i for t, i in reported if t == template_id})
            for template_id in {template_id for template_id, _ in reported}
        ]
        return frozen_faults(definition, used)
