"""Queries of the registry for many rows at once: each takes any number of keys, some hundreds to a statement."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from app.models.learners.classes import SchoolClass
from app.models.learners.enrolments import Enrolment, EnrolmentStatus
from app.models.learners.learners import Guardian, Learner, LearnerIdentifier
from app.repositories.base import Repository

T = TypeVar("T")
MOST_KEYS: Final = 500


class RegistryRepository(Repository[Learner]):
    """The caller's own unit alone: no other is within its scope."""

    model = Learner

    async def classes(self, unit_id: UUID, school_year: str) -> list[SchoolClass]:
        query = select(SchoolClass).where(SchoolClass.unit_id == unit_id, SchoolClass.school_year == school_year)
        return await self.rows(query)

    async def holders(self, org_path: str, indexes: Collection[str]) -> list[LearnerIdentifier]:
        """The current identifiers of the unit with any of these blind indexes. Nothing of them is opened."""
        at = LearnerIdentifier.org_path == org_path
        return await self._many(
            select(LearnerIdentifier).where(at, *CURRENT), LearnerIdentifier.value_index.in_, indexes
        )

    async def identifiers(self, learner_ids: Collection[UUID]) -> list[LearnerIdentifier]:
        """The current identifiers of learners. Nothing of them is opened."""
        return await self._many(
            select(LearnerIdentifier).where(*CURRENT), LearnerIdentifier.learner_id.in_, learner_ids
        )

    async def learners(self, ids: Collection[UUID]) -> list[Learner]:
        """Learners with their words."""
        found = await self._many(self.select(), Learner.id.in_, ids)
        await self.opened(found)
        return found

    async def guardians(self, learner_ids: Collection[UUID]) -> list[Guardian]:
        """The guardians of learners with their words."""
        found = await self._many(select(Guardian), Guardian.learner_id.in_, learner_ids)
        await self.opened(found)
        return found

    async def named(self, org_path: str, folded_names: Collection[str]) -> list[Learner]:
        """Learners of a unit by their whole folded names. Nothing of them is opened."""
        query = self.select().where(Learner.org_path == org_path, Learner.destroyed_at.is_(None))
        return await self._many(query, Learner.folded_name.in_, folded_names)

    async def enrolments(self, school_year: str, learner_ids: Collection[UUID]) -> list[Enrolment]:
        query = select(Enrolment).where(Enrolment.school_year == school_year)
        return await self._many(query, Enrolment.learner_id.in_, learner_ids)

    async def last_statuses(self, enrolment_ids: Collection[UUID]) -> list[EnrolmentStatus]:
        """The statuses that hold now."""
        query = select(EnrolmentStatus).where(EnrolmentStatus.valid_to.is_(None), EnrolmentStatus.voided_at.is_(None))
        return await self._many(query, EnrolmentStatus.enrolment_id.in_, enrolment_ids)

    async def has_learners(self) -> bool:
        return await self.exists(select(Learner.id).where(Learner.voided_at.is_(None), Learner.destroyed_at.is_(None)))

    async def present(self, school_year: str) -> int:
        """How many enrolments of the school year have not ended."""
        query = select(func.count(Enrolment.id)).where(Enrolment.school_year == school_year)
        return await self.count(query.where(Enrolment.left_on.is_(None), Enrolment.voided_at.is_(None)))

    async def is_enrolled_in(self, class_id: UUID) -> bool:
        """Whether any enrolment, or a dated status of one, is of a class."""
        status = select(EnrolmentStatus.id).where(EnrolmentStatus.class_id == class_id)
        enrolment = select(Enrolment.id).where(Enrolment.start_class_id == class_id, Enrolment.voided_at.is_(None))
        return await self.exists(status.where(EnrolmentStatus.voided_at.is_(None))) or await self.exists(enrolment)

    async def has_edited_part(self, learner_id: UUID, since: datetime) -> bool:
        """Whether a number, a guardian or an enrolment of a learner was entered or changed by hand since a moment."""
        for part in (Enrolment, LearnerIdentifier, Guardian):
            edited = select(part.id).where(part.learner_id == learner_id, part.edited_at >= since)
            if await self.exists(edited):
                return True
        return False

    async def void_identifiers(self, ids: Collection[UUID], at: datetime) -> None:
        for each in await self.rows(select(LearnerIdentifier).where(LearnerIdentifier.id.in_(ids))):
            each.voided_at = at

    async def _many(
        self, query: Select[T], among: Callable[[list[Any]], ColumnElement[bool]], keys: Collection[Any]
    ) -> list[T]:
        found = list[T]()
        for some in _parts(keys):
            found += await self.rows(query.where(among(some)))
        return found


CURRENT: Final = (LearnerIdentifier.valid_to.is_(None), LearnerIdentifier.voided_at.is_(None))


def _parts(keys: Collection[Any]) -> Iterator[list[Any]]:
    ordered = list(keys)
    yield from (ordered[at : at + MOST_KEYS] for at in range(0, len(ordered), MOST_KEYS))
