"""A school puts its classes into a campaign: who is on the rolls on that day is asked to sign."""

from dataclasses import dataclass
from uuid import UUID

from app.services.commitments.agreement_steps import AgreementStepService
from app.services.commitments.campaigns import CampaignService
from app.services.commitments.editions import EditionService
from app.services.commitments.in_step import InStepService
from app.services.commitments.problems import NO_COMMITMENT_CLASS
from app.services.platform.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Adoption:
    """What an adoption added."""

    campaign_id: UUID
    classes: int
    obligations: int
    voided: int
    without_template: int
    agreements: int
    staff_asked: int


class AdoptionService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work

    async def adopt(self, campaign_id: UUID) -> Adoption:
        """Put the classes of the caller's unit into a campaign, with an obligation for each learner and party.

        Its agreements too, with one for each member of staff whom they ask. Done again, it brings them in step with the
        rolls and the staff at once, as the job does that follows every change of them.
        Raises `not_found` (404), `no_commitment_class` (409).
        """
        campaign, actor = await CampaignService(self.work).get(campaign_id), self.work.actor
        service = InStepService(self.work, actor.unit_id, actor.org_path)
        changes = await service.bring(campaign, actor.id)
        agreed = await AgreementStepService(self.work, actor.unit_id, actor.org_path).bring(campaign, actor.id)
        if not changes.suited and not agreed.suited:
            raise NO_COMMITMENT_CLASS()
        await EditionService(self.work).open(campaign.id)
        return Adoption(
            campaign.id,
            changes.classes,
            changes.obligations,
            changes.voided + agreed.voided,
            changes.without_template,
            agreed.agreements,
            agreed.asked,
        )
