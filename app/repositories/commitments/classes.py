"""Queries of classes in campaigns, with their obligations, entries and counters."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from app.core.paging import Page, PageRequest
from app.models.commitments.campaigns import CommitmentCampaign
from app.models.commitments.classes import (
    CommitmentClass,
    CommitmentClassFilter,
    CommitmentCount,
    CommitmentEntry,
    CommitmentFile,
    CommitmentObligation,
    Tally,
)
from app.models.commitments.templates import CommitmentTemplate
from app.models.learners.classes import SchoolClass
from app.models.learners.learners import Learner
from app.repositories.base import Repository
from app.repositories.stored_files import StoredFileRepository
from app.security.access.listings import Asked, Listing, Lookup, Summary


class Owed(NamedTuple):
    """An obligation without an object: a class has two for each learner."""

    id: UUID
    learner_id: UUID | None
    party: str
    state: str


@dataclass(frozen=True)
class Signable:
    """A class with what decides whether and how it may be signed."""

    row: CommitmentClass
    campaign: CommitmentCampaign
    satisfied_by: str | None

    @property
    def asks_each(self) -> bool:
        return self.satisfied_by == "each"


@dataclass(frozen=True)
class Counted:
    """A counter beside the rows that it counts."""

    campaign_id: UUID
    commitment_class_id: UUID
    party: str
    counted: Tally
    found: Tally


class CommitmentClassRepository(Repository[CommitmentClass]):
    model = CommitmentClass

    async def listed(self, page: PageRequest, wanted: CommitmentClassFilter) -> Page[CommitmentClass]:
        return await LISTED.page(self.session, page, {"campaign_id": wanted.campaign_id, "settled": wanted.settled})

    async def waiting(self, page: PageRequest, day: date) -> Page[CommitmentClass]:
        """The classes that are not settled, of campaigns that have begun."""
        return await WAITING.page(self.session, page, {"settled": False, "day": day})

    async def for_update(self, key: UUID) -> CommitmentClass | None:
        """The class, reloaded, locked until the transaction ends: entries go one by one. Nothing of it is opened."""
        query = self.select().where(CommitmentClass.id == key).with_for_update()
        return await self.first(query.execution_options(populate_existing=True))

    async def to_sign(self, key: UUID) -> Signable | None:
        """The same with its campaign, and whether its template asks each guardian: one reading for one signature."""
        found = await TO_SIGN.all(self.session, {"id": key})
        return Signable(*found[0]) if found else None

    async def class_ids(self, campaign_id: UUID, unit_id: UUID) -> set[UUID]:
        """The classes of a unit that are in a campaign."""
        query = select(CommitmentClass.class_id)
        return set(await self.rows(query.where(*_adopted(campaign_id, unit_id))))

    async def any_of(self, campaign_id: UUID, unit_id: UUID) -> CommitmentClass | None:
        """The first that a unit put into a campaign. Nothing of it is opened."""
        query = self.select().where(*_adopted(campaign_id, unit_id))
        return await self.first(query.order_by(CommitmentClass.id).limit(1))

    async def of_templates(self, campaign_id: UUID, unit_id: UUID, template_ids: Collection[UUID]) -> list[UUID]:
        """The classes of a unit in a campaign that have one of some versions."""
        query = select(CommitmentClass.id).where(*_adopted(campaign_id, unit_id))
        return await self.rows(query.where(CommitmentClass.template_id.in_(template_ids)))

    async def names(self, class_ids: Collection[UUID]) -> dict[UUID, str]:
        return await self.pairs(select(SchoolClass.id, SchoolClass.name).where(SchoolClass.id.in_(class_ids)))


class ObligationRepository(Repository[CommitmentObligation]):
    model = CommitmentObligation

    async def of_classes(self, ids: Collection[UUID]) -> list[CommitmentObligation]:
        """The obligations of some classes in campaigns. They have no words: nothing of them is opened."""
        query = self.select().where(CommitmentObligation.commitment_class_id.in_(ids))
        return await self.rows(query.order_by(CommitmentObligation.id))

    async def owed(self, key: UUID, learner_ids: Collection[UUID] = ()) -> list[Owed]:
        """The obligations of a class in a campaign, or of some of its learners."""
        asked = {"commitment_class_id": key, "learner_id": tuple(learner_ids)}
        return [Owed(*row) for row in await OWED.all(self.session, asked)]

    async def learners(self, ids: Collection[UUID]) -> Sequence[Learner]:
        """The learners of some classes in campaigns, by given name."""
        named = select(CommitmentObligation.learner_id).where(CommitmentObligation.commitment_class_id.in_(ids))
        return await self.rows(select(Learner).where(Learner.id.in_(named)).order_by(Learner.sort_name, Learner.id))


class EntryRepository(Repository[CommitmentEntry]):
    model = CommitmentEntry

    async def of_class(self, key: UUID) -> list[CommitmentEntry]:
        """What was recorded of a class, in order, opened."""
        query = self.select().where(CommitmentEntry.commitment_class_id == key)
        return await self.all(query.order_by(CommitmentEntry.id))

    async def standing(self, obligation_ids: Collection[UUID]) -> list[CommitmentEntry]:
        """The entries of some obligations that were not withdrawn."""
        query = self.select().where(CommitmentEntry.obligation_id.in_(obligation_ids))
        return await self.rows(query.where(CommitmentEntry.withdrawn_at.is_(None)))


class CountRepository(Repository[CommitmentCount]):
    model = CommitmentCount

    async def of_classes(self, ids: Collection[UUID]) -> list[CommitmentCount]:
        """The counters of some classes, in one order."""
        found = await COUNTS.all(self.session, {"commitment_class_id": tuple(ids)}) if ids else ()
        return [count for (count,) in found]

    async def differing(self, campaign_id: UUID | None, settled: Collection[str], most: int) -> list[Counted]:
        """Counters that differ from their rows, of a campaign or of all. One statement: who signs meanwhile is in both.

        An obligation is made with the counter of its class and party, so that none is without one.
        """
        count, state = CommitmentCount, CommitmentObligation.state
        conditions = {"owed": state != "void", "settled": state.in_(settled), "signed": state == "signed"}
        key = (CommitmentObligation.commitment_class_id, CommitmentObligation.party)
        sums = [func.sum(case((each, 1), else_=0)).label(name) for name, each in conditions.items()]
        rows = select(*key, *sums).group_by(*key)
        if campaign_id is not None:
            rows = rows.where(CommitmentObligation.campaign_id == campaign_id)
        of = rows.subquery()
        found = [func.coalesce(of.c[name], 0) for name in conditions]
        says = [count.owed, count.settled, count.signed]
        query = (
            select(count.campaign_id, count.commitment_class_id, count.party, *says, *found)
            .outerjoin(of, and_(of.c.commitment_class_id == count.commitment_class_id, of.c.party == count.party))
            .where(or_(*(one != other for one, other in zip(says, found, strict=True))))
            .order_by(count.commitment_class_id, count.party)
            .limit(most)
        )
        if campaign_id is not None:
            query = query.where(count.campaign_id == campaign_id)
        return [
            Counted(*row[:3], Tally(*map(int, row[3:6])), Tally(*map(int, row[6:])))
            for row in await self.session.execute(query)
        ]


class CommitmentFileRepository(StoredFileRepository[CommitmentFile]):
    model = CommitmentFile


def _adopted(campaign_id: UUID, unit_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return CommitmentClass.campaign_id == campaign_id, CommitmentClass.unit_id == unit_id


def _listed(asked: Asked) -> Select[CommitmentClass]:
    query = select(CommitmentClass).where(
        *asked.ranged(CommitmentClass), *asked.equal(campaign_id=CommitmentClass.campaign_id)
    )
    settled = asked.flag("settled")
    if settled is None:
        return query
    counts = select(CommitmentCount.id).where(
        CommitmentCount.commitment_class_id == CommitmentClass.id, CommitmentCount.settled < CommitmentCount.owed
    )
    return query.where(~counts.exists() if settled else counts.exists())


def _owed(asked: Asked) -> Select[*tuple[Any, ...]]:
    row = CommitmentObligation
    query = select(*(getattr(row, name) for name in Owed._fields))
    query = query.where(*asked.equal(commitment_class_id=row.commitment_class_id))
    return query.where(*asked.among(learner_id=row.learner_id)).order_by(row.id)


def _to_sign(asked: Asked) -> Select[*tuple[Any, ...]]:
    # Not joined: a class that takes another version while this waits for its lock would no longer suit the join.
    satisfied_by = select(CommitmentTemplate.document["satisfied_by"].as_string())
    return (
        select(
            CommitmentClass,
            CommitmentCampaign,
            satisfied_by.where(CommitmentTemplate.id == CommitmentClass.template_id).scalar_subquery(),
        )
        .join(CommitmentCampaign, CommitmentCampaign.id == CommitmentClass.campaign_id)
        .where(CommitmentClass.id == asked["id"])
        .with_for_update(of=CommitmentClass)
        .execution_options(populate_existing=True)
    )


def _counts(asked: Asked) -> Select[CommitmentCount]:
    query = select(CommitmentCount).where(*asked.among(commitment_class_id=CommitmentCount.commitment_class_id))
    return query.order_by(CommitmentCount.commitment_class_id, CommitmentCount.party.desc())


def _waiting(asked: Asked) -> Select[CommitmentClass]:
    begun = select(CommitmentCampaign.id).where(CommitmentCampaign.opens_on <= asked["day"])
    return _listed(asked).where(CommitmentClass.campaign_id.in_(begun))


LISTED: Final = Listing(CommitmentClass, _listed)
OWED: Final = Summary(CommitmentObligation, _owed)
TO_SIGN: Final = Lookup(CommitmentClass, _to_sign)
COUNTS: Final = Lookup(CommitmentCount, _counts)
WAITING: Final = Listing(CommitmentClass, _waiting)
