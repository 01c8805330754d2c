"""Slips on paper. What is printed is stored nowhere: a reprint issues new codes."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from app.documents.commitments.slips import Slip, SlipSheet, render_slips
from app.models.commitments.classes import CommitmentClass
from app.models.learners.learners import Guardian, Learner
from app.repositories.commitments.classes import ObligationRepository
from app.repositories.commitments.slips import SignerRepository
from app.repositories.commitments.templates import CommitmentTemplateRepository
from app.repositories.units import UnitRepository
from app.schemas.commitments.slips import SlipsIn
from app.schemas.commitments.templates import Document
from app.services.commitments.campaigns import CampaignService
from app.services.commitments.classes import CommitmentClassService
from app.services.commitments.slips import PrintedSlip, SlipService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService


class SlipPaperService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work

    async def issue(self, key: UUID, data: SlipsIn) -> bytes:
        """The slips of a class as PDF. Raises as SlipService.issue, and `unavailable` (503) if typesetting is busy."""
        return await self._print(*await SlipService(self.work).issue(key, data))

    async def hand_over(self, slip_id: UUID, guardian_id: UUID) -> bytes:
        """As `issue`, raising as SlipService.hand_over."""
        return await self._print(*await SlipService(self.work).hand_over(slip_id, guardian_id))

    async def _print(self, row: CommitmentClass, printed: Sequence[PrintedSlip]) -> bytes:
        sheet = await self._sheet(row, printed)
        # Typesetting waits in a queue, so it must not occupy a connection. Where it fails, the slips are printed again.
        await self.work.release()
        return await self.work.runtime.renderer.render(partial(render_slips, sheet))

    async def _sheet(self, row: CommitmentClass, printed: Sequence[PrintedSlip]) -> SlipSheet:
        campaign = await CampaignService(self.work).adopted(row.campaign_id)
        (template,) = await CommitmentTemplateRepository(self.work.session).of_ids([row.template_id])
        document = Document.model_validate(template.document)
        names = await UnitRepository(self.work.session).last_names([row.unit_id], self.work.today)
        labels = await CodeListService(self.work).labels("commitment_theme")
        themes = dict.fromkeys(labels[each.theme] for each in document.clauses if each.party == "guardian")
        return SlipSheet(
            school=names[row.unit_id].name_vi,
            class_name=(await CommitmentClassService(self.work).names([row]))[row.class_id],
            campaign=campaign.title_vi,
            school_year=campaign.school_year,
            title=document.title_vi,
            themes=", ".join(themes),
            page=self.work.runtime.settings.slip_page,
            expires_on=printed[0].slip.expires_on,
            slips=await self._slips(row, printed),
            day=self.work.today,
        )

    async def _slips(self, row: CommitmentClass, printed: Sequence[PrintedSlip]) -> list[Slip]:
        """In the order of the class, so that they are handed out one by one."""
        learners = await ObligationRepository(self.work.session).learners([row.id])
        guardians = await SignerRepository(self.work.session).opened_of([each.to.guardian_id for each in printed])
        relations = await CodeListService(self.work).labels("guardian_relation")
        known, order = {each.id: each for each in guardians}, {each.id: at for at, each in enumerate(learners)}
        self.work.audit_view([learners[order[each.to.learner_id]] for each in printed])
        ordered = sorted(printed, key=lambda each: order[each.to.learner_id])
        return [
            _slip(learners[order[each.to.learner_id]], known[each.to.guardian_id], relations, each.code)
            for each in ordered
        ]


def _slip(learner: Learner, guardian: Guardian, relations: dict[str, str], code: str) -> Slip:
    relation = relations.get(guardian.relation, guardian.relation)
    to = f"{relation}: {guardian.full_name}" if guardian.full_name else relation
    return Slip(learner.full_name or "", learner.code, to, code)
