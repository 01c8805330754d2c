"""Campaigns: what a unit asks of its line. A school puts its classes into one by adopting it (adoptions.py)."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from app.core.ids import case_code
from app.core.paging import Page, PageRequest
from app.core.problems import NOT_FOUND, invalid
from app.models.commitments.campaigns import CampaignFilter, CommitmentCampaign
from app.repositories.commitments.campaigns import CampaignRepository
from app.schemas.commitments.agreement_flow import kind_of
from app.schemas.commitments.campaigns import CampaignIn
from app.services.commitments.problems import CAMPAIGN_NOT_OPEN
from app.services.commitments.templates import CommitmentTemplateService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.school_years.school_years import SchoolYearService


class CampaignService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.campaigns = CampaignRepository(work.session)

    async def page(self, page: PageRequest, wanted: CampaignFilter) -> Page[CommitmentCampaign]:
        return await self.campaigns.page(self.campaigns.shown_to(self.work.actor.org_path, wanted), page)

    async def get(self, campaign_id: UUID) -> CommitmentCampaign:
        """Raises `not_found` (404), also for a campaign of another line."""
        found = await self.campaigns.one_shown_to(self.work.actor.org_path, campaign_id)
        if found is None:
            raise NOT_FOUND()
        return found

    async def adopted(self, campaign_id: UUID) -> CommitmentCampaign:
        """That of a class or an agreement, which stays in it when its unit moves to another line."""
        return await self.campaigns.get(campaign_id)

    def check_begun(self, campaign: CommitmentCampaign) -> None:
        """What comes late is still recorded. Raises `campaign_not_open` (409)."""
        if self.work.today < campaign.opens_on:
            raise CAMPAIGN_NOT_OPEN()

    async def create(self, data: CampaignIn) -> CommitmentCampaign:
        """Announce a campaign to the caller's line.

        Raises `invalid` (422) for an unknown school year, days in the wrong order, and templates that are not there,
        not published, or of one level.
        """
        if not await SchoolYearService(self.work).is_known(data.school_year):
            raise invalid("/school_year", "unknown_record", "Không có năm học này", "There is no such school year")
        if data.closes_on < data.opens_on:
            raise invalid("/closes_on", "wrong_period", "Phải sau ngày bắt đầu", "It must not be before the first day")
        await self._check_templates(data.template_ids)
        campaign = CommitmentCampaign(
            **data.model_dump(exclude={"template_ids"}),
            unit_id=self.work.actor.unit_id,
            code=case_code(self.work.today.year),
            template_ids=[str(each) for each in data.template_ids],
            created_at=self.work.now,
            created_by=self.work.actor.id,
        )
        self.campaigns.add(campaign)
        await self.work.flush()
        return campaign

    async def _check_templates(self, template_ids: Sequence[UUID]) -> None:
        shown = CommitmentTemplateService(self.work)
        levels = Counter[tuple[str | None, str]]()
        for at, template_id in enumerate(template_ids):
            template = await shown.find(template_id)
            if template is None or template.published_at is None:
                text = ("Không có bản mẫu đã công bố này", "There is no such published template")
                raise invalid(f"/template_ids/{at}", "unknown_record", *text)
            kind = kind_of(template.parties)
            levels.update((kind, level) for level in template.levels)
            if max(levels.values()) > 1:
                text = ("Một cấp học chỉ có một bản mẫu", "A level has one template of a kind: it has several themes")
                raise invalid(f"/template_ids/{at}", "level_repeated", *text)
