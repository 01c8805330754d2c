"""Queries of classes, their homeroom teachers and campuses."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select

from app.core.filters import values_of
from app.core.paging import Page, PageRequest
from app.models.learners.campuses import Campus
from app.models.learners.classes import ClassFilter, ClassTeacher, SchoolClass
from app.repositories.base import Repository
from app.repositories.filters import updated
from app.repositories.learners.ordered import OrderedListing
from app.security.access.listings import Asked


class ClassRepository(Repository[SchoolClass]):
    model = SchoolClass

    async def listed(self, page: PageRequest, wanted: ClassFilter) -> Page[SchoolClass]:
        return await LISTED.page(self.session, page, values_of(wanted))


class ClassTeacherRepository(Repository[ClassTeacher]):
    model = ClassTeacher

    async def of_class(self, class_id: UUID) -> Sequence[ClassTeacher]:
        query = self.select().where(ClassTeacher.class_id == class_id)
        return await self.rows(query.order_by(ClassTeacher.valid_from))

    async def end_of(self, user_id: UUID, day: date) -> None:
        """End the posts of a teacher on a day; one that would begin by then was never held."""
        posts = await self.rows(self.select().where(ClassTeacher.user_id == user_id, ClassTeacher.valid_to > day))
        for post in posts:
            if post.valid_from >= day:
                await self.session.delete(post)
            else:
                post.valid_to = day


class CampusRepository(Repository[Campus]):
    model = Campus

    async def listed(self, page: PageRequest) -> Page[Campus]:
        return await CAMPUSES.page(self.session, page, {})


def _listed(asked: Asked) -> Select[SchoolClass]:
    return select(SchoolClass).where(
        *asked.ranged(SchoolClass),
        *asked.equal(school_year=SchoolClass.school_year, grade=SchoolClass.grade),
        *updated(asked, SchoolClass),
    )


def _campuses(asked: Asked) -> Select[Campus]:
    return select(Campus).where(asked.within(Campus))


LISTED: Final = OrderedListing(SchoolClass, _listed, SchoolClass.folded_code)
CAMPUSES: Final = OrderedListing(Campus, _campuses, Campus.folded_code)
