"""Queries of uploads of signed lists: the classes in campaigns that a file may name."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.models.commitments.campaigns import CommitmentCampaign
from app.models.commitments.classes import CommitmentClass
from app.models.learners.classes import SchoolClass
from app.repositories.base import Repository


@dataclass(frozen=True, slots=True)
class Sheet:
    """A class in a campaign, by the code on its sheet or that of the class."""

    id: UUID
    code: str
    class_code: str


class SheetRepository(Repository[CommitmentClass]):
    model = CommitmentClass

    async def begun(self, unit_id: UUID, school_year: str, day: date) -> list[Sheet]:
        """The classes of a unit in the campaigns of a school year that have begun."""
        query = (
            select(CommitmentClass.id, CommitmentClass.code, SchoolClass.folded_code)
            .join(CommitmentCampaign, CommitmentCampaign.id == CommitmentClass.campaign_id)
            .join(SchoolClass, SchoolClass.id == CommitmentClass.class_id)
            .where(
                CommitmentClass.unit_id == unit_id,
                CommitmentClass.destroyed_at.is_(None),
                CommitmentCampaign.school_year == school_year,
                CommitmentCampaign.opens_on <= day,
            )
        )
        return [Sheet(*row) for row in await self.session.execute(query)]
