"""Queries of learners, their identifiers and guardians."""

from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select

from app.core.filters import values_of
from app.core.paging import Page, PageRequest
from app.models.learners.enrolments import Enrolment, EnrolmentStatus
from app.models.learners.learners import Guardian, Learner, LearnerFilter, LearnerIdentifier
from app.repositories.base import Repository
from app.repositories.filters import updated
from app.repositories.learners.ordered import OrderedListing
from app.security.access.listings import Asked, Filters


class LearnerRepository(Repository[Learner]):
    model = Learner

    async def listed(self, page: PageRequest, wanted: LearnerFilter) -> Page[Learner]:
        return await LISTED.page(self.session, page, values_of(wanted))

    async def named(self, folded: str, wanted: LearnerFilter, limit: int) -> Page[Learner]:
        """Those whose name has a text as a part, both without diacritics."""
        alike = Learner.folded_name.contains(folded, autoescape=True)
        return await LISTED.page(self.session, PageRequest(limit, None), values_of(wanted), alike)

    async def person_of(self, learner_id: UUID, *, whatever: bool = False) -> UUID | None:
        """What joins the records of the child of a record; of one that does not count only where asked for."""
        query = select(Learner.person_id).where(Learner.id == learner_id)
        return await self.session.scalar(query if whatever else query.where(*_counting()))

    async def left(self, wanted: LearnerFilter) -> list[UUID]:
        """What changed since a moment and is not among what is asked for: in the caller's reach, or once in it."""
        filters = Filters(values_of(wanted))
        changed = select(Learner.id).where(*updated(filters, Learner))
        # The dated statuses of a class stay in its teacher's reach when a learner moves on.
        moved = select(EnrolmentStatus.learner_id).where(*updated(filters, EnrolmentStatus))
        asked = select(Learner.id).where(*_counting(), *_filtered(filters))
        gone = {*await self.rows(changed.where(Learner.id.not_in(asked)))}
        gone |= {*await self.rows(moved.where(EnrolmentStatus.learner_id.not_in(asked)))}
        return sorted(gone)


class IdentifierRepository(Repository[LearnerIdentifier]):
    model = LearnerIdentifier

    async def after(self, identifier_id: UUID, limit: int) -> list[LearnerIdentifier]:
        """Opened, in the order of ids."""
        query = self.select().where(LearnerIdentifier.id > identifier_id).order_by(LearnerIdentifier.id)
        return await self.all(query.limit(limit))

    async def of_learner(self, learner_id: UUID) -> list[LearnerIdentifier]:
        query = self.select().where(LearnerIdentifier.learner_id == learner_id)
        return await self.all(query.order_by(LearnerIdentifier.kind, LearnerIdentifier.valid_from))

    async def of(self, learner_id: UUID, identifier_id: UUID) -> LearnerIdentifier | None:
        query = self.select().where(LearnerIdentifier.learner_id == learner_id, LearnerIdentifier.id == identifier_id)
        return await self.one(query)


class GuardianRepository(Repository[Guardian]):
    model = Guardian

    async def after(self, guardian_id: UUID, limit: int) -> list[Guardian]:
        """Opened, in the order of ids."""
        return await self.all(self.select().where(Guardian.id > guardian_id).order_by(Guardian.id).limit(limit))

    async def of_learner(self, learner_id: UUID) -> list[Guardian]:
        query = self.select().where(Guardian.learner_id == learner_id)
        return await self.all(query.order_by(Guardian.relation, Guardian.id))

    async def of(self, learner_id: UUID, guardian_id: UUID) -> Guardian | None:
        return await self.one(self.select().where(Guardian.learner_id == learner_id, Guardian.id == guardian_id))


def _counting() -> tuple[ColumnElement[bool], ...]:
    """What is listed: neither void nor destroyed."""
    return Learner.voided_at.is_(None), Learner.destroyed_at.is_(None)


def _filtered(asked: Filters) -> list[ColumnElement[bool]]:
    """By class, school year and status, which are those of one enrolment."""
    found = [
        *asked.equal(class_id=Enrolment.class_id, school_year=Enrolment.school_year),
        *asked.among(status=Enrolment.status),
    ]
    if not found:
        return []
    return [Learner.id.in_(select(Enrolment.learner_id).where(*found, Enrolment.voided_at.is_(None)))]


def _listed(asked: Asked) -> Select[Learner]:
    return select(Learner).where(*asked.ranged(Learner), *_counting(), *_filtered(asked), *updated(asked, Learner))


LISTED: Final = OrderedListing(Learner, _listed, Learner.sort_name)
