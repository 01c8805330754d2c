"""Queries of slips, and of the guardians for whom they are printed."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select

from app.models.commitments.campaigns import CommitmentCampaign
from app.models.commitments.classes import CommitmentClass, CommitmentObligation
from app.models.commitments.slips import CommitmentSlip
from app.models.commitments.templates import CommitmentTemplate
from app.models.learners.learners import Guardian
from app.models.platform.requests import SpentProof
from app.repositories.base import Repository
from app.repositories.commitments.campaigns import may_be_written_to

# The states in which a slip cannot be used.
CLOSED = ("void", "not_required")


class SlipRepository(Repository[CommitmentSlip]):
    model = CommitmentSlip

    async def of_class(self, key: UUID) -> list[CommitmentSlip]:
        query = self.select().where(CommitmentSlip.commitment_class_id == key)
        return await self.rows(query.order_by(CommitmentSlip.id))

    async def reloaded(self, key: UUID) -> CommitmentSlip | None:
        """A slip as it is now, such as under the lock of its class."""
        return await self.first(self.select().where(CommitmentSlip.id == key).execution_options(populate_existing=True))

    async def standing(self, obligation_ids: Collection[UUID]) -> list[CommitmentSlip]:
        """The slips of some obligations that have not ended."""
        query = self.select().where(CommitmentSlip.obligation_id.in_(obligation_ids))
        return await self.rows(query.where(CommitmentSlip.ended_at.is_(None)))

    async def usable(self, digest: str, spent: str, day: date) -> CommitmentSlip | None:
        """The usable slip of a code, reloaded. One statement checks everything that may be wrong with it.

        None also for one that expired or ended, with a nonce that was used, of a campaign that has not begun, of a
        destroyed class, for a learner who left, and for a guardian who is out of office, may not be written to or may
        not know where the child is.
        """
        query = _live(day).where(
            CommitmentSlip.code_digest == digest, ~select(SpentProof.digest).where(SpentProof.digest == spent).exists()
        )
        return await self.first(query.execution_options(populate_existing=True))

    async def asked_by(self, commitment_class_id: UUID) -> tuple[CommitmentCampaign, CommitmentTemplate]:
        """What a class is asked to sign, and by which campaign."""
        query = (
            select(CommitmentCampaign, CommitmentTemplate)
            .join(CommitmentClass, CommitmentClass.campaign_id == CommitmentCampaign.id)
            .join(CommitmentTemplate, CommitmentTemplate.id == CommitmentClass.template_id)
            .where(CommitmentClass.id == commitment_class_id)
        )
        campaign, template = (await self.session.execute(query)).one()
        return campaign, template

    async def obligation(self, slip: CommitmentSlip) -> CommitmentObligation:
        """What the slip is about, reloaded. Nothing of it is opened."""
        query = select(CommitmentObligation).where(CommitmentObligation.id == slip.obligation_id)
        return (await self.session.scalars(query.execution_options(populate_existing=True))).one()


def _live(day: date) -> Select[CommitmentSlip]:
    return (
        select(CommitmentSlip)
        .join(CommitmentObligation, CommitmentObligation.id == CommitmentSlip.obligation_id)
        .join(CommitmentClass, CommitmentClass.id == CommitmentSlip.commitment_class_id)
        .join(CommitmentCampaign, CommitmentCampaign.id == CommitmentClass.campaign_id)
        .join(Guardian, Guardian.id == CommitmentSlip.guardian_id)
        .where(
            CommitmentSlip.ended_at.is_(None),
            CommitmentSlip.expires_on >= day,
            CommitmentObligation.state.not_in(CLOSED),
            CommitmentClass.destroyed_at.is_(None),
            CommitmentCampaign.opens_on <= day,
            *may_be_written_to(day),
        )
    )


class SignerRepository(Repository[Guardian]):
    """Guardians who may answer in a class."""

    model = Guardian

    async def learners(self, ids: Collection[UUID]) -> dict[UUID, UUID]:
        """The learner of each of some guardians, without voided records."""
        query = select(Guardian.id, Guardian.learner_id).where(Guardian.id.in_(ids), Guardian.voided_at.is_(None))
        return await self.pairs(query)

    async def asked(self, learner_ids: Collection[UUID], day: date) -> dict[UUID, UUID]:
        """The learner of each guardian in office who may be written to."""
        query = select(Guardian.id, Guardian.learner_id).where(Guardian.learner_id.in_(learner_ids))
        return await self.pairs(query.where(*may_be_written_to(day)))

    async def opened_of(self, ids: Collection[UUID]) -> list[Guardian]:
        """Some guardians, opened, in a steady order."""
        return await self.all(self.select().where(Guardian.id.in_(ids)).order_by(Guardian.id))
