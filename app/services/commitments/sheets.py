"""The class sheet: printed for everybody alike, whatever was recorded before."""

from collections.abc import Mapping
from functools import partial
from typing import Final
from uuid import UUID

from app.core.vocabulary import COMMITMENT_VOID as VOID
from app.documents.commitments.class_sheets import ClassSheet, Promise, render_class_sheet
from app.models.commitments.classes import CommitmentClass
from app.repositories.commitments.classes import ObligationRepository
from app.repositories.commitments.templates import CommitmentTemplateRepository
from app.repositories.units import UnitRepository
from app.schemas.commitments.templates import Document
from app.security.crypto.shredded import DESTROYED
from app.services.commitments.campaigns import CampaignService
from app.services.commitments.classes import CommitmentClassService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService

PROMISES: Final = {"pupil": "Học sinh cam kết", "guardian": "Cha mẹ, người giám hộ cam kết"}
BOXES: Final = {"pupil": "Học sinh ký", "guardian": "Cha mẹ, người giám hộ ký"}


async def unit_names(work: UnitOfWork, unit_id: UUID, org_path: str) -> tuple[str, str]:
    """The name of a school, and that of the unit above it where there is one."""
    units = UnitRepository(work.session)
    above = await units.above(org_path)
    names = await units.last_names([unit_id, *([above.id] if above else [])], work.today)
    return names[unit_id].name_vi, names[above.id].name_vi if above else ""


async def promises_of(work: UnitOfWork, document: Document, headings: Mapping[str, str]) -> list[Promise]:
    """What each party promises, by theme."""
    labels = await CodeListService(work).labels("commitment_theme")
    found = []
    for party in document.parties:
        themes = dict[str, list[str]]()
        for clause in document.clauses:
            if clause.party == party:
                themes.setdefault(labels[clause.theme], []).append(clause.text_vi)
        found.append(Promise(headings[party], list(themes.items())))
    return found


class ClassSheetService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work

    async def render(self, key: UUID) -> bytes:
        """The sheet of a class. A refusal or a family that was not reached shows nowhere: the sheet goes round.

        Raises `not_found` (404), `destroyed` (409), `unavailable` (503) if it is busy.
        """
        row = await CommitmentClassService(self.work).get(key)
        if row.destroyed_at is not None:
            raise DESTROYED()
        sheet = await self._sheet(row)
        # Rendering waits in a queue, so it must not occupy a database connection.
        await self.work.commit_read()
        return await self.work.runtime.renderer.render(partial(render_class_sheet, sheet))

    async def _sheet(self, row: CommitmentClass) -> ClassSheet:
        service, campaign = CommitmentClassService(self.work), await CampaignService(self.work).adopted(row.campaign_id)
        (template,) = await CommitmentTemplateRepository(self.work.session).of_ids([row.template_id])
        document = Document.model_validate(template.document)
        school, superior = await unit_names(self.work, row.unit_id, row.org_path)
        return ClassSheet(
            code=row.code,
            school=school,
            superior=superior,
            class_name=(await service.names([row]))[row.class_id],
            school_year=campaign.school_year,
            title=document.title_vi,
            preamble=document.preamble_vi or "",
            promises=await promises_of(self.work, document, PROMISES),
            columns=[BOXES[party] for party in template.parties],
            learners=await self._learners(row),
            day=campaign.opens_on,
        )

    async def _learners(self, row: CommitmentClass) -> list[tuple[str, str]]:
        obligations = ObligationRepository(self.work.session)
        asked = {each.learner_id for each in await obligations.of_classes([row.id]) if each.state != VOID}
        learners = await obligations.learners([row.id])
        self.work.audit_view(learners)
        return [(each.full_name or "", each.code) for each in learners if each.id in asked]
