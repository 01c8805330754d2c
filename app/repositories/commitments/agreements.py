"""Queries of agreements, with their obligations, entries and files."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Select, case, func, select

from app.core.paging import Page, PageRequest
from app.core.vocabulary import AGREEMENT_SETTLED as SETTLED
from app.core.vocabulary import COMMITMENT_VOID as VOID
from app.core.vocabulary import STAFF_AGREEMENT
from app.models.commitments.agreements import (
    AgreementEntry,
    AgreementFile,
    AgreementFilter,
    AgreementObligation,
    CommitmentAgreement,
)
from app.models.commitments.campaigns import CommitmentCampaign
from app.models.commitments.classes import Tally
from app.models.learners.staff import StaffMember
from app.repositories.base import Repository
from app.repositories.stored_files import StoredFileRepository
from app.security.access.listings import Asked, Listing
from app.security.access.scope import Range


class AgreementOwed(NamedTuple):
    """An obligation without an object."""

    id: UUID
    staff_id: UUID | None
    state: str


@dataclass(frozen=True, slots=True)
class SchoolAgreement:
    """Whether a school has an agreement with a partner."""

    unit_id: UUID
    kind: str
    is_signed: bool


class AgreementRepository(Repository[CommitmentAgreement]):
    model = CommitmentAgreement

    async def listed(self, page: PageRequest, wanted: AgreementFilter) -> Page[CommitmentAgreement]:
        asked = {"campaign_id": wanted.campaign_id, "kind": wanted.kind, "settled": wanted.settled}
        return await LISTED.page(self.session, page, asked)

    async def waiting(self, page: PageRequest, day: date) -> Page[CommitmentAgreement]:
        """Those that are not settled, of campaigns that have begun."""
        return await WAITING.page(self.session, page, {"settled": False, "day": day})

    async def for_update(self, key: UUID) -> CommitmentAgreement | None:
        """The agreement, reloaded, locked until the transaction ends. Nothing of it is opened."""
        query = self.select().where(CommitmentAgreement.id == key).with_for_update()
        return await self.first(query.execution_options(populate_existing=True))

    async def of_unit(self, campaign_id: UUID, unit_id: UUID) -> list[CommitmentAgreement]:
        """The agreements of a unit in a campaign. Nothing of them is opened."""
        query = self.select().where(
            CommitmentAgreement.campaign_id == campaign_id, CommitmentAgreement.unit_id == unit_id
        )
        return await self.rows(query.order_by(CommitmentAgreement.id))

    async def open_campaigns(self, unit_id: UUID, day: date) -> list[CommitmentCampaign]:
        """The campaigns in which a unit has agreements and whose window is not over, in one order."""
        adopted = select(CommitmentAgreement.campaign_id).where(CommitmentAgreement.unit_id == unit_id)
        query = select(CommitmentCampaign).where(
            CommitmentCampaign.id.in_(adopted), CommitmentCampaign.closes_on >= day
        )
        return await self.rows(query.order_by(CommitmentCampaign.id))

    async def units(self, day: date, template_id: UUID | None = None) -> list[UUID]:
        """The units with agreements in campaigns whose window is not over; with a version, those that have it."""
        query = (
            select(CommitmentAgreement.unit_id)
            .join(CommitmentCampaign, CommitmentCampaign.id == CommitmentAgreement.campaign_id)
            .where(CommitmentCampaign.closes_on >= day)
        )
        if template_id is not None:
            query = query.where(CommitmentAgreement.template_id == template_id)
        return await self.rows(query.distinct())

    async def counted(self, ids: Collection[UUID]) -> dict[UUID, Tally]:
        """What is owed, settled and signed of each of some agreements, from their rows."""
        of, state = AgreementObligation, AgreementObligation.state
        sums = [func.sum(case((each, 1), else_=0)) for each in (state != VOID, state.in_(SETTLED), state == "signed")]
        query = select(of.agreement_id, *sums).where(of.agreement_id.in_(ids)).group_by(of.agreement_id)
        return {row[0]: Tally(*map(int, row[1:])) for row in await self.session.execute(query)}

    async def board(self, campaign_id: UUID, within: Range) -> list[SchoolAgreement]:
        """Of each school in a range its agreements with partners, without a person and a day."""
        signed = select(AgreementObligation.id).where(
            AgreementObligation.agreement_id == CommitmentAgreement.id, AgreementObligation.state == "signed"
        )
        query = (
            select(CommitmentAgreement.unit_id, CommitmentAgreement.kind, signed.exists())
            .where(
                within.covers(CommitmentAgreement.org_path),
                CommitmentAgreement.campaign_id == campaign_id,
                CommitmentAgreement.kind != STAFF_AGREEMENT,
                CommitmentAgreement.destroyed_at.is_(None),
            )
            .order_by(CommitmentAgreement.unit_id, CommitmentAgreement.kind)
        )
        return [SchoolAgreement(row[0], row[1], bool(row[2])) for row in await self.session.execute(query)]


class AgreementObligationRepository(Repository[AgreementObligation]):
    model = AgreementObligation

    async def owed(self, key: UUID) -> list[AgreementOwed]:
        """The obligations of an agreement. They have no words: nothing of them is opened."""
        columns = (getattr(AgreementObligation, name) for name in AgreementOwed._fields)
        query = select(*columns).where(AgreementObligation.agreement_id == key)
        return [AgreementOwed(*row) for row in await self.session.execute(query.order_by(AgreementObligation.id))]

    async def of_agreement(self, key: UUID) -> list[AgreementObligation]:
        query = self.select().where(AgreementObligation.agreement_id == key)
        return await self.rows(query.order_by(AgreementObligation.id))

    async def staff(self, key: UUID) -> Sequence[StaffMember]:
        """The staff of an agreement, by given name."""
        named = select(AgreementObligation.staff_id).where(AgreementObligation.agreement_id == key)
        query = select(StaffMember).where(StaffMember.id.in_(named))
        return await self.rows(query.order_by(StaffMember.sort_name, StaffMember.id))


class AgreementEntryRepository(Repository[AgreementEntry]):
    model = AgreementEntry

    async def of_agreement(self, key: UUID) -> list[AgreementEntry]:
        """What was recorded, in order, opened."""
        query = self.select().where(AgreementEntry.agreement_id == key)
        return await self.all(query.order_by(AgreementEntry.id))

    async def standing(self, obligation_ids: Collection[UUID]) -> list[AgreementEntry]:
        """The entries of some obligations that were not withdrawn. Nothing of them is opened."""
        query = self.select().where(AgreementEntry.obligation_id.in_(obligation_ids))
        return await self.rows(query.where(AgreementEntry.withdrawn_at.is_(None)).order_by(AgreementEntry.id))


class AgreementFileRepository(StoredFileRepository[AgreementFile]):
    model = AgreementFile


def _listed(asked: Asked) -> Select[CommitmentAgreement]:
    query = select(CommitmentAgreement).where(
        *asked.ranged(CommitmentAgreement),
        *asked.equal(campaign_id=CommitmentAgreement.campaign_id, kind=CommitmentAgreement.kind),
    )
    settled = asked.flag("settled")
    if settled is None:
        return query
    left = select(AgreementObligation.id).where(
        AgreementObligation.agreement_id == CommitmentAgreement.id,
        AgreementObligation.state.not_in((*SETTLED, VOID)),
    )
    return query.where(~left.exists() if settled else left.exists())


def _waiting(asked: Asked) -> Select[CommitmentAgreement]:
    begun = select(CommitmentCampaign.id).where(CommitmentCampaign.opens_on <= asked["day"])
    return _listed(asked).where(CommitmentAgreement.campaign_id.in_(begun))


LISTED: Final = Listing(CommitmentAgreement, _listed)
WAITING: Final = Listing(CommitmentAgreement, _waiting)
