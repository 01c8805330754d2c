"""Queries of campaigns, and of what a school has to put into one."""

from collections.abc import Collection
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select

from app.core.paths import line
from app.models.commitments.campaigns import CampaignFilter, CommitmentCampaign
from app.models.learners.classes import SchoolClass
from app.models.learners.learners import Guardian
from app.models.units import Unit
from app.repositories.base import Repository, in_force

# As many learners are asked about in one statement.
AT_ONCE: Final = 1_000
# For more learners than these, the guardians of their whole school are read: each id costs more than a guardian.
FEW: Final = 200


class CampaignRepository(Repository[CommitmentCampaign]):
    model = CommitmentCampaign

    def shown_to(self, org_path: str, wanted: CampaignFilter) -> Select[CommitmentCampaign]:
        """The campaigns of a unit's line: its own, and those of units above and below it."""
        makers = select(Unit.id).where(
            or_(Unit.org_path.in_(line(org_path)), Unit.org_path.startswith(org_path, autoescape=True))
        )
        query = self.select().where(CommitmentCampaign.unit_id.in_(makers))
        if wanted.school_year is not None:
            query = query.where(CommitmentCampaign.school_year == wanted.school_year)
        return query

    async def one_shown_to(self, org_path: str, key: UUID) -> CommitmentCampaign | None:
        return await self.first(self.shown_to(org_path, CampaignFilter()).where(CommitmentCampaign.id == key))


class RollRepository(Repository[SchoolClass]):
    """Who is on the rolls of a unit on the day that it asks."""

    model = SchoolClass

    async def classes(self, unit_id: UUID, school_year: str) -> list[SchoolClass]:
        query = self.select().where(SchoolClass.unit_id == unit_id, SchoolClass.school_year == school_year)
        return await self.rows(query.where(SchoolClass.voided_at.is_(None)).order_by(SchoolClass.folded_code))

    async def reachable(self, learner_ids: Collection[UUID], org_path: str, day: date) -> set[UUID]:
        """The learners of a school with a guardian who may be written to and has contact details, those named at least.

        By ids or place, without a join: right after a mass upload the database has no statistics, and a join could read
        one table again for each row of the other.
        """
        among = Guardian.org_path == org_path if len(learner_ids) > FEW else Guardian.learner_id.in_(learner_ids)
        return set(await self.rows(select(Guardian.learner_id).where(among, *written_to(day)).distinct()))


def may_be_written_to(day: date) -> tuple[ColumnElement[bool], ...]:
    """Of guardians: those in office on a day who may be written to.

    A message names the school, so it does not go to a guardian who may not know where the child is.
    """
    return (
        Guardian.may_be_contacted.is_(True),
        Guardian.may_know_whereabouts.is_(True),
        Guardian.voided_at.is_(None),
        in_force(Guardian, day),
    )


def written_to(day: date) -> tuple[ColumnElement[bool], ...]:
    """Those of them who can be reached."""
    return (
        *may_be_written_to(day),
        Guardian.has_contact_details.is_(True),
        Guardian.unreachable_since.is_(None),
    )
