"""Queries of editions, and of the counters that they are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, case, func, select
from sqlalchemy.orm import aliased

from app.models.commitments.campaigns import CommitmentCampaign
from app.models.commitments.classes import CommitmentClass, CommitmentCount, Tally
from app.models.commitments.editions import CommitmentEdition
from app.models.school_years.school_years import SchoolYear
from app.repositories.base import Repository
from app.security.access.scope import Range

COUNTED_PARTIES = ("pupil", "guardian")
COUNTED = ("owed", "settled", "signed")
SHOWN = tuple(f"{party}_{name}" for party in COUNTED_PARTIES for name in ("owed", "settled", "not_signed"))


@dataclass(frozen=True, slots=True)
class SchoolSum:
    """The counters of a school in a campaign, by party."""

    campaign_id: UUID
    unit_id: UUID
    org_path: str
    school_year: str
    classes: int
    classes_left: int
    parties: Mapping[str, Tally]


class EditionRepository(Repository[CommitmentEdition]):
    model = CommitmentEdition

    async def sums(self, campaign_id: UUID | None, within: Range, day: date | None = None) -> list[SchoolSum]:
        """The leaf counters by school and campaign, in one statement; with a day, of school years not over."""
        classes = _by_class(campaign_id, within, day)
        keys = (classes.c.campaign_id, classes.c.unit_id, classes.c.org_path, classes.c.school_year)
        counted = [func.sum(classes.c[f"{party}_{name}"]) for party in COUNTED_PARTIES for name in COUNTED]
        query = select(*keys, func.count(), func.sum(classes.c.is_left), *counted).group_by(*keys)
        return [_sum(row) for row in await self.session.execute(query.order_by(classes.c.unit_id))]

    async def last(self, campaign_id: UUID | None, within: Range) -> list[CommitmentEdition]:
        """The newest edition of each school in a campaign, or in all."""
        later = aliased(CommitmentEdition)
        is_last = ~(
            select(later.id)
            .where(
                later.campaign_id == CommitmentEdition.campaign_id,
                later.unit_id == CommitmentEdition.unit_id,
                later.day > CommitmentEdition.day,
            )
            .exists()
        )
        query = self.select().where(within.covers(CommitmentEdition.org_path), is_last)
        if campaign_id is not None:
            query = query.where(CommitmentEdition.campaign_id == campaign_id)
        return await self.rows(query.order_by(CommitmentEdition.unit_id))

    async def shown(self, campaign_id: UUID | None, within: Range) -> list[tuple[Any, ...]]:
        """Each set of figures that was shown of a school in a campaign, once."""
        edition = CommitmentEdition
        query = select(edition.campaign_id, edition.unit_id, *(getattr(edition, name) for name in SHOWN)).distinct()
        query = query.where(within.covers(edition.org_path))
        if campaign_id is not None:
            query = query.where(edition.campaign_id == campaign_id)
        return [((row[0], row[1]), *row[2:]) for row in await self.session.execute(query)]

    async def is_missing(self, day: date) -> bool:
        """Whether a school has no edition of a day in a campaign of a school year that is not over."""
        made = select(CommitmentEdition.id).where(
            CommitmentEdition.campaign_id == CommitmentClass.campaign_id,
            CommitmentEdition.unit_id == CommitmentClass.unit_id,
            CommitmentEdition.day == day,
        )
        query = select(CommitmentClass.id).join(
            CommitmentCampaign, CommitmentCampaign.id == CommitmentClass.campaign_id
        )
        return await self.exists(query.where(_is_current(day), ~made.exists()))


def _by_class(campaign_id: UUID | None, within: Range, day: date | None) -> Subquery:
    row, count = CommitmentClass, CommitmentCount
    counted = [
        func.sum(case((count.party == party, getattr(count, name)), else_=0)).label(f"{party}_{name}")
        for party in COUNTED_PARTIES
        for name in COUNTED
    ]
    query = (
        select(
            row.campaign_id,
            row.unit_id,
            row.org_path,
            CommitmentCampaign.school_year,
            func.max(case((count.settled < count.owed, 1), else_=0)).label("is_left"),
            *counted,
        )
        .join(count, count.commitment_class_id == row.id)
        .join(CommitmentCampaign, CommitmentCampaign.id == row.campaign_id)
        .where(within.covers(count.org_path))
        .group_by(row.id, row.campaign_id, row.unit_id, row.org_path, CommitmentCampaign.school_year)
    )
    if campaign_id is not None:
        query = query.where(count.campaign_id == campaign_id)
    return (query if day is None else query.where(_is_current(day))).subquery()


def _is_current(day: date) -> ColumnElement[bool]:
    """The campaign's school year is not over: a figure of one that is changes no more."""
    current = select(SchoolYear.code).where(SchoolYear.ends_on >= day)
    return CommitmentCampaign.school_year.in_(current)


def _sum(row: Any) -> SchoolSum:  # noqa: ANN401 — a row of a query
    campaign_id, unit_id, org_path, school_year, classes, left, *found = row
    counted = [int(each) for each in found]
    parties = {party: Tally(*counted[3 * at : 3 * at + 3]) for at, party in enumerate(COUNTED_PARTIES)}
    return SchoolSum(campaign_id, unit_id, org_path, school_year, int(classes), int(left), parties)
