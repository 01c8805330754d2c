"""The link from a person of an incident to a learner: sealed with the case, and beside it a digest for figures.

Nothing of the learner is written or read into the audit log: every answer about a learner is the same with a case and
without one.
"""

from typing import Final
from uuid import UUID

from app.core.problems import Problem, invalid
from app.core.time import local_date
from app.models.cases.incidents import Incident, IncidentPerson
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.learners.learners import LearnerRepository
from app.repositories.school_years.school_years import SchoolYearRepository
from app.security.access.elevation import ElevationReason
from app.security.access.roles import Act, Resource
from app.security.crypto.blind_index import BlindIndex
from app.services.learners.problems import unknown
from app.services.platform.unit_of_work import UnitOfWork

LEARNER: Final = "/learner_id"
PUPILS: Final = frozenset({"pupil", "pupil_other_school"})


class LearnerLinks:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.learners = LearnerRepository(work.session)

    async def check(self, learner_id: UUID | None) -> None:
        """Raises `invalid` (422) for a learner whom the caller does not reach, or has no right to read."""
        if learner_id is None:
            return
        may_read = self.work.actor.may(Act.READ, Resource.LEARNER)
        if not may_read or await self.learners.person_of(learner_id) is None:
            raise unknown(LEARNER)

    async def note(self, incident: Incident, person: IncidentPerson) -> None:
        """The digest of a person's learner in the school year of the event. Raises `invalid` (422) for no pupil."""
        if person.learner_id is None:
            person.learner_digest = None
            return
        if person.kind not in PUPILS:
            raise _no_pupil()
        person.learner_digest = await self._digest(incident, person.learner_id)

    async def renote(self, incident: Incident) -> None:
        """The same of each linked person, after the day of the event changed."""
        with self.work.weighing():
            persons = await IncidentRepository(self.work.session).persons(incident.id)
        for person in persons:
            if person.learner_digest is not None:
                await self.note(incident, person)

    async def _digest(self, incident: Incident, learner_id: UUID) -> str | None:
        year = await SchoolYearRepository(self.work.session).on(
            incident.occurred_on or local_date(incident.received_at)
        )
        async with self.work.elevated(ElevationReason.LEARNER_LINK):
            child = await self.learners.person_of(learner_id, whatever=True)
        return None if year is None or child is None else learner_digest(self.work, year.code, child)


async def relink(work: UnitOfWork, former: UUID, child: UUID) -> None:
    """For the worker: give the persons of a child whose two records were joined the digests of the remaining one."""
    incidents = IncidentRepository(work.session)
    for year in await SchoolYearRepository(work.session).everything():
        await incidents.relink(learner_digest(work, year.code, former), learner_digest(work, year.code, child))


def learner_digest(work: UnitOfWork, school_year: str, child: UUID) -> str:
    """Of a child, under the key of a school year: digests of two years tell nothing of each other."""
    key = work.runtime.ring.secret(f"learner-digest.{school_year}")
    return BlindIndex(key).of_value("incident_person.learner", str(child))


def _no_pupil() -> Problem:
    text = ("Chỉ gắn được học sinh", "Only a pupil is linked to a learner")
    return invalid(LEARNER, "no_pupil", *text)
