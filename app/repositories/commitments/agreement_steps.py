"""Queries of what a unit's agreements follow: its school levels, and its staff in office."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.models.learners.classes import SchoolClass
from app.models.learners.staff import StaffMember, StaffPost
from app.models.units import UnitVersion
from app.repositories.base import Repository, in_force

# Signs for the school, with each of the others.
HEAD = "principal"


class AgreementStepRepository(Repository[StaffMember]):
    model = StaffMember

    async def levels(self, unit_id: UUID, school_year: str, day: date) -> set[str]:
        """The school levels of a unit, by its own words and by its classes of a school year."""
        versions = select(UnitVersion.levels).where(UnitVersion.unit_id == unit_id, in_force(UnitVersion, day))
        classes = select(SchoolClass.school_level).where(
            SchoolClass.unit_id == unit_id, SchoolClass.school_year == school_year, SchoolClass.voided_at.is_(None)
        )
        named = {level for levels in await self.rows(versions) for level in levels}
        return named | set(await self.rows(classes.distinct()))

    async def in_office(self, unit_id: UUID, day: date, posts: Collection[str]) -> list[UUID]:
        """The staff of a unit who have one of some posts on a day; without posts, all who are not its head."""
        post = select(StaffPost.id).where(
            StaffPost.staff_id == StaffMember.id, StaffPost.voided_at.is_(None), in_force(StaffPost, day)
        )
        suits = post.where(StaffPost.post.in_(posts)) if posts else post
        query = select(StaffMember.id).where(
            StaffMember.unit_id == unit_id,
            StaffMember.voided_at.is_(None),
            suits.exists(),
            ~post.where(StaffPost.post == HEAD).exists(),
        )
        return await self.rows(query.order_by(StaffMember.id))
