"""A school puts its classes into a campaign: who is on the rolls on that day is asked to sign."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.core.ids import case_code
from app.models.commitments.campaigns import CommitmentCampaign
from app.models.commitments.classes import CommitmentClass, CommitmentCount, CommitmentObligation
from app.models.commitments.templates import CommitmentTemplate
from app.models.learners.classes import SchoolClass
from app.repositories.commitments.campaigns import Pupil, RollRepository
from app.repositories.commitments.classes import CommitmentClassRepository, CountRepository, ObligationRepository
from app.schemas.commitments.flow import COMMITMENT_FLOW, OPEN, VOID
from app.services.commitments.campaigns import CampaignService
from app.services.commitments.counters import shift
from app.services.commitments.editions import EditionService
from app.services.commitments.problems import NO_COMMITMENT_CLASS
from app.services.platform.unit_of_work import UnitOfWork


@dataclass(slots=True)
class Adoption:
    """What an adoption added."""

    campaign_id: UUID
    classes: int = 0
    obligations: int = 0
    voided: int = 0
    without_template: int = 0


@dataclass(slots=True)
class Roll:
    """The classes of a school in a campaign, with what was asked of their learners before."""

    classes: dict[UUID, CommitmentClass]
    parties: Mapping[UUID, list[str]]
    """By template."""
    counts: dict[tuple[UUID, str], CommitmentCount] = field(default_factory=dict)
    obligations: list[CommitmentObligation] = field(default_factory=list)


class AdoptionService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.campaigns = CampaignService(work)
        self.classes = CommitmentClassRepository(work.session)
        self.rolls = RollRepository(work.session)
        self.obligations = ObligationRepository(work.session)

    async def adopt(self, campaign_id: UUID) -> Adoption:
        """Put the classes of the caller's unit into a campaign, with an obligation for each learner and party.

        Done again, it adds classes and learners that came since, and voids what was open of learners who left; what
        was signed stays with the school. Raises `not_found` (404), `no_commitment_class` (409).
        """
        campaign = await self.campaigns.get(campaign_id)
        templates = await self.campaigns.templates(campaign)
        adoption = Adoption(campaign.id)
        rows = await self.rolls.classes(self.work.actor.unit_id, campaign.school_year)
        suited = {row.id: found for row in rows if (found := _suiting(row, templates)) is not None}
        adoption.without_template = len(rows) - len(suited)
        if not suited:
            raise NO_COMMITMENT_CLASS()
        roll = await self._roll(campaign, templates)
        self._add_classes(campaign, suited, roll, adoption)
        pupils = await self.rolls.pupils(suited)
        await self._add_obligations(roll, pupils, adoption)
        self._void(roll, {each.learner_id for each in pupils}, adoption)
        await self.work.flush()
        await EditionService(self.work).open(campaign.id)
        return adoption

    async def _roll(self, campaign: CommitmentCampaign, templates: Iterable[CommitmentTemplate]) -> Roll:
        existing = await self.classes.of_campaign(campaign.id, self.work.actor.unit_id)
        ids = [each.id for each in existing]
        roll = Roll({each.class_id: each for each in existing}, {each.id: each.parties for each in templates})
        roll.obligations = await self.obligations.of_classes(ids)
        for count in await CountRepository(self.work.session).of_classes(ids):
            roll.counts[count.commitment_class_id, count.party] = count
        return roll

    def _add_classes(
        self, campaign: CommitmentCampaign, suited: Mapping[UUID, CommitmentTemplate], roll: Roll, adoption: Adoption
    ) -> None:
        for class_id, template in suited.items():
            if class_id in roll.classes:
                continue
            row = CommitmentClass(
                unit_id=self.work.actor.unit_id,
                org_path=self.work.actor.org_path,
                code=case_code(self.work.today.year),
                campaign_id=campaign.id,
                class_id=class_id,
                template_id=template.id,
                opened_at=self.work.now,
                opened_by=self.work.actor.id,
                cipher=self.work.new_cipher(),
            )
            roll.classes[class_id] = row
            for party in template.parties:
                roll.counts[row.id, party] = CommitmentCount(**part_of(row), campaign_id=campaign.id, party=party)
            self.classes.add_all([row, *(roll.counts[row.id, party] for party in template.parties)])
            adoption.classes += 1

    async def _add_obligations(self, roll: Roll, pupils: list[Pupil], adoption: Adoption) -> None:
        asked = {(each.learner_id, each.party) for each in roll.obligations}
        reachable = await self.rolls.reachable({each.class_id for each in pupils}, self.work.today)
        for pupil in pupils:
            row = roll.classes[pupil.class_id]
            for party in roll.parties[row.template_id]:
                if (pupil.learner_id, party) in asked:
                    continue
                has_contact = party == "pupil" or pupil.learner_id in reachable
                state = COMMITMENT_FLOW.initial if has_contact else "no_contact_details"
                obligation = CommitmentObligation(
                    **part_of(row),
                    campaign_id=row.campaign_id,
                    learner_id=pupil.learner_id,
                    party=party,
                    state=state,
                    state_at=self.work.now,
                    cipher=row.row_cipher,
                )
                self.obligations.add(obligation)
                shift(roll.counts[row.id, party], None, state)
                adoption.obligations += 1

    def _void(self, roll: Roll, present: set[UUID], adoption: Adoption) -> None:
        for each in roll.obligations:
            if each.learner_id not in present and each.state in OPEN:
                shift(roll.counts[each.commitment_class_id, each.party], each.state, VOID)
                each.state, each.state_at = VOID, self.work.now
                adoption.voided += 1


def part_of(row: CommitmentClass) -> dict[str, Any]:
    """The columns of a part of a class in a campaign."""
    return {"commitment_class_id": row.id, "class_id": row.class_id, "org_path": row.org_path}


def _suiting(row: SchoolClass, templates: Iterable[CommitmentTemplate]) -> CommitmentTemplate | None:
    return next((each for each in templates if row.school_level in each.levels), None)
