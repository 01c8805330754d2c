"""The paper of an agreement, with empty boxes whatever was recorded before."""

from functools import partial
from typing import Final
from uuid import UUID

from app.core.vocabulary import COMMITMENT_VOID as VOID
from app.documents.commitments.agreements import AgreementPaper, render_agreement
from app.models.commitments.agreements import CommitmentAgreement
from app.repositories.commitments.agreements import AgreementObligationRepository
from app.repositories.commitments.templates import CommitmentTemplateRepository
from app.repositories.learners.staff import StaffRepository
from app.schemas.commitments.templates import Document
from app.security.crypto.shredded import DESTROYED
from app.services.commitments.agreements import AgreementService
from app.services.commitments.campaigns import CampaignService
from app.services.commitments.sheets import promises_of, unit_names
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService

HEAD: Final = "principal"
SIDES: Final = {
    "teacher": "Cán bộ, giáo viên, nhân viên",
    HEAD: "Hiệu trưởng",
    "school": "Nhà trường",
    "police": "Công an",
    "commune": "Ủy ban nhân dân xã, phường",
    "department": "Sở Giáo dục và Đào tạo",
    "mass_organisation": "Đoàn thể, tổ chức xã hội",
}
PROMISES: Final = {party: f"{name} cam kết" for party, name in SIDES.items()}
SIGNS: Final = {party: name if party == HEAD else f"Đại diện {name}" for party, name in SIDES.items()}
# The school's side signs first.
OWN: Final = ("school", HEAD)


class AgreementSheetService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work

    async def render(self, key: UUID) -> bytes:
        """The paper of an agreement, the same whatever was recorded: of staff it goes round the room.

        Raises `not_found` (404), `destroyed` (409), `unavailable` (503) if it is busy.
        """
        row = await AgreementService(self.work).get(key)
        if row.destroyed_at is not None:
            raise DESTROYED()
        paper = await self._paper(row)
        # Rendering waits in a queue, so it must not occupy a database connection.
        await self.work.commit_read()
        return await self.work.runtime.renderer.render(partial(render_agreement, paper))

    async def _paper(self, row: CommitmentAgreement) -> AgreementPaper:
        campaign = await CampaignService(self.work).adopted(row.campaign_id)
        (template,) = await CommitmentTemplateRepository(self.work.session).of_ids([row.template_id])
        document = Document.model_validate(template.document)
        school, superior = await unit_names(self.work, row.unit_id, row.org_path)
        parties = [HEAD] if row.is_of_staff else sorted(document.parties, key=lambda party: party not in OWN)
        return AgreementPaper(
            code=row.code,
            school=school,
            superior=superior,
            school_year=campaign.school_year,
            title=document.title_vi,
            preamble=document.preamble_vi or "",
            promises=await promises_of(self.work, document, PROMISES),
            sides=[(SIDES[party], SIGNS[party]) for party in parties],
            staff=await self._staff(row) if row.is_of_staff else None,
            day=campaign.opens_on,
        )

    async def _staff(self, row: CommitmentAgreement) -> list[tuple[str, str]]:
        """Whoever is asked, with the posts of today."""
        obligations = AgreementObligationRepository(self.work.session)
        asked = {each.staff_id for each in await obligations.owed(row.id) if each.state != VOID}
        staff = [each for each in await obligations.staff(row.id) if each.id in asked]
        self.work.audit_view(staff)
        labels = await CodeListService(self.work).labels("staff_post")
        posts = dict[UUID, list[str]]()
        for each in await StaffRepository(self.work.session).posts([each.id for each in staff]):
            if each.valid_from <= self.work.today and (each.valid_to is None or each.valid_to > self.work.today):
                posts.setdefault(each.staff_id, []).append(labels[each.post])
        return [(each.full_name, ", ".join(posts.get(each.id, []))) for each in staff]
