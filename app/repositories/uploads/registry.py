"""Queries of the registry for many rows at once: each takes any number of keys, some hundreds to a statement."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from app.models.learners.classes import SchoolClass
from app.models.learners.enrolments import Enrolment, EnrolmentStatus
from app.models.learners.learners import Guardian, Learner, LearnerIdentifier
from app.repositories.base import Repository

T = TypeVar("T")
Attribute = InstrumentedAttribute[Any]
MOST_KEYS: Final = 500


class RegistryRepository(Repository[Learner]):
    """The caller's own unit alone: no other is within its scope."""

    model = Learner

    async def classes(self, unit_id: UUID, school_year: str) -> list[SchoolClass]:
        query = select(SchoolClass).where(SchoolClass.unit_id == unit_id, SchoolClass.school_year == school_year)
        return await self.rows(query)

    async def holders(self, org_path: str, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
        """The learner of each current identifier of the unit with one of these kinds and blind indexes."""
        by_kind = defaultdict[str, set[str]](set)
        for kind, index in wanted:
            by_kind[kind].add(index)
        found = dict[tuple[str, str], UUID]()
        for kind, indexes in by_kind.items():
            at = (LearnerIdentifier.org_path == org_path, LearnerIdentifier.kind == kind, *CURRENT)
            keys, wanted_keys = (LearnerIdentifier.value_index,), [(index,) for index in indexes]
            for (index,), ids in (await self._looked_up(LearnerIdentifier.learner_id, keys, at, wanted_keys)).items():
                found[kind, index] = ids[0]
        return found

    async def numbers(self, learner_ids: Iterable[UUID], kinds: Iterable[str]) -> dict[UUID, dict[str, str]]:
        """The blind index of the current identifier of each of these kinds, by learner."""
        found, wanted = defaultdict[UUID, dict[str, str]](dict), [(each,) for each in learner_ids]
        for kind in kinds:
            at, keys = (LearnerIdentifier.kind == kind, *CURRENT), (LearnerIdentifier.learner_id,)
            for (one,), indexes in (await self._looked_up(LearnerIdentifier.value_index, keys, at, wanted)).items():
                found[one][kind] = str(indexes[-1])
        return found

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

    async def namesakes(
        self, org_path: str, persons: Collection[tuple[str, date]]
    ) -> dict[tuple[str, date], list[UUID]]:
        """The learners of a unit with these whole folded names and days of birth."""
        at = (Learner.org_path == org_path, Learner.destroyed_at.is_(None))
        return await self._looked_up(Learner.id, (Learner.folded_name, Learner.birth_date), at, persons)

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

    async def enrolled_in(self, class_ids: Collection[UUID]) -> set[UUID]:
        """Those of the classes of which any enrolment is, or a dated status of one."""
        status = select(EnrolmentStatus.class_id).where(EnrolmentStatus.class_id.in_(class_ids)).distinct()
        enrolment = select(Enrolment.start_class_id).where(Enrolment.start_class_id.in_(class_ids)).distinct()
        found = set(await self.rows(status.where(EnrolmentStatus.voided_at.is_(None))))
        return found | set(await self.rows(enrolment.where(Enrolment.voided_at.is_(None))))

    async def edited(self, learner_ids: Collection[UUID], since: datetime) -> set[UUID]:
        """Those of the learners that were changed by hand, or of whom a number, a guardian or an enrolment was since a
        moment; and those who are not there."""
        uploaded = select(Learner.id).where(Learner.id.in_(learner_ids), Learner.edited_at.is_(None))
        found = set(learner_ids) - set(await self.rows(uploaded))
        for part in (Enrolment, LearnerIdentifier, Guardian):
            edited = select(part.learner_id).where(part.learner_id.in_(learner_ids), part.edited_at >= since)
            found.update(await self.rows(edited))
        return found

    async def void_identifiers(self, ids: Collection[UUID], at: datetime) -> None:
        for each in await self.rows(select(LearnerIdentifier).where(LearnerIdentifier.id.in_(ids))):
            each.voided_at = at

    async def _looked_up(
        self, value: Attribute, keys: Sequence[Attribute], at: Iterable[ColumnElement[bool]], wanted: Collection[Any]
    ) -> dict[Any, list[Any]]:
        """The values of the rows that have one of the wanted keys, by key.

        PostgreSQL looks each key up by itself: of a long list it believes that reading the whole unit costs less.
        """
        found = defaultdict[Any, list[Any]](list)
        if not wanted:
            return found
        if self.session.get_bind().dialect.name == "postgresql":
            for *key, ids in await self.session.execute(_each(value, keys, at, list(wanted))):
                found[tuple(key)] += ids or ()
            return {key: ids for key, ids in found.items() if ids}
        for *key, one in await self._columns(select(*keys, value).where(*at), tuple_(*keys).in_, wanted):
            found[tuple(key)].append(one)
        return found

    async def _columns(
        self, query: Select[*tuple[Any, ...]], among: Callable[[list[Any]], ColumnElement[bool]], keys: Collection[Any]
    ) -> list[Any]:
        found = list[Any]()
        for some in _parts(keys):
            found += await self.session.execute(query.where(among(some)))
        return found

    async def _many(
        self, query: Select[T], among: Callable[[list[Any]], ColumnElement[bool]], keys: Collection[Any]
    ) -> list[T]:
        found = list[T]()
        for some in _parts(keys):
            found += await self.rows(query.where(among(some)))
        return found


CURRENT: Final = (LearnerIdentifier.valid_to.is_(None), LearnerIdentifier.voided_at.is_(None))


def _each(
    value: Attribute, keys: Sequence[Attribute], at: Iterable[ColumnElement[bool]], wanted: Sequence[Any]
) -> Select[*tuple[Any, ...]]:
    """Each wanted key with the values of its rows, or NULL."""
    names = [key.key for key in keys]
    arrays = (literal([each[place] for each in wanted], ARRAY(key.type)) for place, key in enumerate(keys))
    table = func.unnest(*arrays).table_valued(*names).render_derived(name="wanted")
    same = (key == table.c[name] for name, key in zip(names, keys, strict=True))
    return select(*table.c, select(func.array_agg(value)).where(*at, *same).scalar_subquery())


def _parts(keys: Collection[Any]) -> Iterator[list[Any]]:
    """The last of several is as long as the others, so that they are one statement to the database."""
    ordered = list(keys)
    for at in range(0, len(ordered), MOST_KEYS):
        some = ordered[at : at + MOST_KEYS]
        yield some + some[-1:] * (MOST_KEYS - len(some)) if at else some
