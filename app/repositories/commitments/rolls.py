"""Queries of what differs between the rolls of a unit and what its campaigns ask: nothing where both are in step."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select

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
        """Who is in a class and not asked there, nor has said anything in a class before.

        Compared here: right after a mass upload the database knows no figures of its tables, and would read all
        obligations anew for each learner.
        """
        parties = await self._parties(campaign_id, unit_id)
        asked, said = await self._asked({key for each in parties.values() for key, _ in each})
        class_ids = [key for key, each in parties.items() if among is None or each[0][0] in among]
        present = select(Enrolment.learner_id, Enrolment.class_id).where(
            Enrolment.class_id.in_(class_ids), *_present(Enrolment)
        )
        return [
            Missing(key, learner_id, party)
            for learner_id, class_id in await self.session.execute(present.order_by(Enrolment.id))
            for key, party in parties[class_id]
            if (key, learner_id, party) not in asked and (learner_id, party) not in said
        ]

    async def _parties(self, campaign_id: UUID, unit_id: UUID) -> dict[UUID, list[tuple[UUID, str]]]:
        """The parties of each class of a unit in a campaign, by class, each with the class in the campaign."""
        query = (
            select(CommitmentCount.class_id, CommitmentCount.commitment_class_id, CommitmentCount.party)
            .join(CommitmentClass, CommitmentClass.id == CommitmentCount.commitment_class_id)
            .where(*_standing(campaign_id, unit_id))
            .order_by(CommitmentCount.party.desc())
        )
        found = defaultdict[UUID, list[tuple[UUID, str]]](list)
        for class_id, key, party in await self.session.execute(query):
            found[class_id].append((key, party))
        return found

    async def _asked(
        self, ids: Collection[UUID]
    ) -> tuple[set[tuple[UUID, UUID | None, str]], set[tuple[UUID | None, str]]]:
        """Who is asked in which class, and who said something in any of them."""
        row = CommitmentObligation
        query = select(row.commitment_class_id, row.learner_id, row.party, row.state).where(
            row.commitment_class_id.in_(ids), row.state != VOID
        )
        asked, said = set[tuple[UUID, UUID | None, str]](), set[tuple[UUID | None, str]]()
        for key, learner_id, party, state in await self.session.execute(query):
            asked.add((key, learner_id, party))
            if state not in OPEN:
                said.add((learner_id, party))
        return asked, said

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
        classes = select(CommitmentClass.id).where(*_standing(campaign_id, unit_id))
        query = self.select().where(CommitmentObligation.commitment_class_id.in_(classes))
        return query.order_by(CommitmentObligation.id).execution_options(populate_existing=True)


def _standing(campaign_id: UUID, unit_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """The classes of a unit in a campaign that are not destroyed."""
    return (
        CommitmentClass.campaign_id == campaign_id,
        CommitmentClass.unit_id == unit_id,
        CommitmentClass.destroyed_at.is_(None),
    )


def _present(enrolment: type[Enrolment]) -> tuple[ColumnElement[bool], ...]:
    return enrolment.left_on.is_(None), enrolment.voided_at.is_(None)
