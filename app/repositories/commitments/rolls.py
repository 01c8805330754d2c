"""Queries of what differs between the rolls of a unit and what its campaigns ask: nothing where both are in step."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased

from app.core.vocabulary import COMMITMENT_OPEN as OPEN
from app.core.vocabulary import COMMITMENT_VOID as VOID
from app.models.commitments.campaigns import CommitmentCampaign
from app.models.commitments.classes import CommitmentClass, CommitmentCount, CommitmentObligation
from app.models.learners.enrolments import Enrolment
from app.models.learners.learners import Guardian
from app.repositories.base import Repository
from app.repositories.commitments.campaigns import written_to


@dataclass(frozen=True, slots=True)
class Missing:
    """A party of a learner who is in a class, and is not asked there."""

    commitment_class_id: UUID
    learner_id: UUID
    party: str


class InStepRepository(Repository[CommitmentObligation]):
    model = CommitmentObligation

    async def open_campaigns(self, unit_id: UUID, day: date) -> list[CommitmentCampaign]:
        """The campaigns that a unit adopted and whose window is not over, in one order."""
        adopted = select(CommitmentClass.campaign_id).where(CommitmentClass.unit_id == unit_id)
        query = select(CommitmentCampaign).where(
            CommitmentCampaign.id.in_(adopted), CommitmentCampaign.closes_on >= day
        )
        return await self.rows(query.order_by(CommitmentCampaign.id))

    async def units(self, day: date, template_id: UUID | None = None) -> list[UUID]:
        """The units that adopted a campaign whose window is not over; with a version, those whose classes have it."""
        query = (
            select(CommitmentClass.unit_id)
            .join(CommitmentCampaign, CommitmentCampaign.id == CommitmentClass.campaign_id)
            .where(CommitmentCampaign.closes_on >= day)
        )
        if template_id is not None:
            query = query.where(CommitmentClass.template_id == template_id)
        return await self.rows(query.distinct())

    async def locked(self, ids: Collection[UUID]) -> dict[UUID, CommitmentClass]:
        """Classes in campaigns, locked in one order. Nothing of them is opened."""
        query = select(CommitmentClass).where(CommitmentClass.id.in_(ids), CommitmentClass.destroyed_at.is_(None))
        query = query.order_by(CommitmentClass.id).with_for_update()
        return {each.id: each for each in await self.rows(query.execution_options(populate_existing=True))}

    async def missing(self, campaign_id: UUID, unit_id: UUID, among: Collection[UUID] | None = None) -> list[Missing]:
        """Who is in a class and not asked there, nor has said anything in a class before."""
        standing, said = aliased(CommitmentObligation), aliased(CommitmentObligation)
        same = (standing.learner_id == Enrolment.learner_id, standing.party == CommitmentCount.party)
        is_asked = select(standing.id).where(
            standing.commitment_class_id == CommitmentCount.commitment_class_id, *same, standing.state != VOID
        )
        has_said = select(said.id).where(
            said.campaign_id == campaign_id,
            said.learner_id == Enrolment.learner_id,
            said.party == CommitmentCount.party,
            said.state.not_in((*OPEN, VOID)),
        )
        query = (
            select(CommitmentCount.commitment_class_id, Enrolment.learner_id, CommitmentCount.party)
            .join(CommitmentClass, CommitmentClass.id == CommitmentCount.commitment_class_id)
            .join(Enrolment, Enrolment.class_id == CommitmentCount.class_id)
            .where(
                CommitmentClass.campaign_id == campaign_id,
                CommitmentClass.unit_id == unit_id,
                CommitmentClass.destroyed_at.is_(None),
                *_present(Enrolment),
                ~is_asked.exists(),
                ~has_said.exists(),
            )
            .order_by(Enrolment.id, CommitmentCount.party.desc())
        )
        if among is not None:
            query = query.where(CommitmentClass.id.in_(among))
        return [Missing(*row) for row in await self.session.execute(query)]

    async def left(self, campaign_id: UUID, unit_id: UUID) -> list[CommitmentObligation]:
        """What is open of learners who are no longer in the class."""
        here = select(Enrolment.id).where(
            Enrolment.learner_id == CommitmentObligation.learner_id,
            Enrolment.class_id == CommitmentObligation.class_id,
            *_present(Enrolment),
        )
        query = self._of(campaign_id, unit_id).where(CommitmentObligation.state.in_(OPEN), ~here.exists())
        return await self.rows(query)

    async def void(self, ids: Collection[UUID], learner_ids: Collection[UUID]) -> list[CommitmentObligation]:
        """What stopped in some classes of some learners, who may come back."""
        query = self.select().where(
            CommitmentObligation.commitment_class_id.in_(ids),
            CommitmentObligation.learner_id.in_(learner_ids),
            CommitmentObligation.state == VOID,
        )
        return await self.rows(query)

    async def contacts(self, campaign_id: UUID, unit_id: UUID, day: date) -> list[CommitmentObligation]:
        """Obligations of guardians whose state says otherwise than the registry whether anybody can be written to."""
        anybody = (
            select(Guardian.id).where(Guardian.learner_id == CommitmentObligation.learner_id, *written_to(day)).exists()
        )
        differs = ((CommitmentObligation.state == "pending") & ~anybody) | (
            (CommitmentObligation.state == "no_contact_details") & anybody
        )
        return await self.rows(self._of(campaign_id, unit_id).where(CommitmentObligation.party == "guardian", differs))

    async def signed(self, ids: Collection[UUID], parties: Collection[str]) -> list[CommitmentObligation]:
        """What parties of some classes signed."""
        query = self.select().where(
            CommitmentObligation.commitment_class_id.in_(ids),
            CommitmentObligation.party.in_(parties),
            CommitmentObligation.state == "signed",
        )
        return await self.rows(query)

    async def counts(self, ids: Collection[UUID]) -> dict[tuple[UUID, str], CommitmentCount]:
        """The counters of some classes, as they are now."""
        query = select(CommitmentCount).where(CommitmentCount.commitment_class_id.in_(ids))
        found = await self.rows(query.execution_options(populate_existing=True))
        return {(each.commitment_class_id, each.party): each for each in found}

    def _of(self, campaign_id: UUID, unit_id: UUID) -> Select[CommitmentObligation]:
        classes = select(CommitmentClass.id).where(
            CommitmentClass.campaign_id == campaign_id,
            CommitmentClass.unit_id == unit_id,
            CommitmentClass.destroyed_at.is_(None),
        )
        query = self.select().where(CommitmentObligation.commitment_class_id.in_(classes))
        return query.order_by(CommitmentObligation.id).execution_options(populate_existing=True)


def _present(enrolment: type[Enrolment]) -> tuple[ColumnElement[bool], ...]:
    return enrolment.left_on.is_(None), enrolment.voided_at.is_(None)
