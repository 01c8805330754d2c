"""Suggestions of incidents that may be one event, among those the caller sees; SQL compares no encrypted field."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from app.core.problems import FORBIDDEN, NOT_FOUND
from app.core.scoping import Tier
from app.models.cases.incidents import Incident
from app.models.intakes.intakes import Intake
from app.repositories.duplicates.suggestions import SuggestionRepository
from app.repositories.intakes.intakes import IntakeRepository
from app.schemas.intakes.intakes import IntakeForm
from app.security.access.roles import Act, Resource
from app.services.duplicates.scoring import DAYS, EventFacts, FieldScore, compare, total
from app.services.platform.unit_of_work import UnitOfWork

BEST = 10
LEAST_SCORE = 0.3
OTHER = "other"
WINDOW = timedelta(days=DAYS)


@dataclass(frozen=True, slots=True)
class Similar:
    incident: Incident
    score: float
    fields: list[FieldScore]


class SuggestionService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.found = SuggestionRepository(work.session)
        self.intakes = IntakeRepository(work.session)

    async def of_incident(self, incident_id: UUID) -> list[Similar]:
        """The best matches near it, by facts alone: no encrypted field of any incident is opened."""
        incident = await self.found.facts(incident_id)
        if incident is None:
            raise NOT_FOUND()
        around = _moment(incident.occurred_on) or incident.received_at
        event_id = incident.event_id or incident.id
        near = await self.found.near(incident.org_path, around, WINDOW, event_id)
        near = [each for each in near if each.id != incident.id]
        facts = await self._incident_facts([incident, *near])
        return _best(facts[0], near, facts[1:])

    async def of_intake(self, intake_id: UUID) -> list[Similar]:
        """For an intake without an incident; empty for one that has an incident.

        Its form is opened, and audited, only for a caller who may read it.
        """
        if not self.work.actor.may(Act.READ, Resource.INCIDENT):
            raise FORBIDDEN()
        intake = await self.intakes.get(intake_id) if self.work.actor.case_tier >= Tier.IDENTITIES else None
        intake = intake or await self.intakes.facts(intake_id)
        if intake is None:
            raise NOT_FOUND()
        if await self.intakes.link_of(intake.id) is not None:
            return []
        facts = await self._intake_facts(intake)
        near = await self.found.near(intake.org_path, _moment(facts.day) or intake.received_at, WINDOW, None)
        return _best(facts, near, await self._incident_facts(near))

    async def _intake_facts(self, intake: Intake) -> EventFacts:
        form = self._form(intake)
        path = (await self.found.paths([intake.unit_id])).get(intake.unit_id) if intake.unit_id else None
        if form is None:
            return EventFacts(unit=path, channels=frozenset({intake.source_channel}))
        victims = tuple(("victim", "pupil", child.sex) for child in form.children)
        return EventFacts(
            day=form.day,
            unit=path,
            group=form.group,
            location=form.location,
            forms=frozenset(form.forms),
            persons=victims + tuple(("perpetrator", each.kind, "unknown") for each in form.accused),
            ages=tuple(child.estimated_age for child in form.children if child.estimated_age is not None),
            channels=frozenset({intake.source_channel}),
        )

    def _form(self, intake: Intake) -> IntakeForm | None:
        if self.work.actor.case_tier < Tier.IDENTITIES:
            return None
        return IntakeForm.of(intake.content)

    async def _incident_facts(self, incidents: Sequence[Incident]) -> list[EventFacts]:
        ids = [each.id for each in incidents]
        actor = self.work.actor
        persons = await self.found.persons(ids)
        channels = await self.found.channels(ids) if actor.may(Act.READ, Resource.INTAKE) else {}
        paths = await self.found.paths({each.unit_id for each in incidents if each.unit_id})
        shows_ages = actor.case_tier >= Tier.CIRCUMSTANCES
        return [
            EventFacts(
                day=each.occurred_on,
                unit=paths.get(each.unit_id) if each.unit_id else None,
                # "Other" is the default: two incidents that share it agree on nothing.
                group=each.group if each.group != OTHER else None,
                location=each.location,
                forms=frozenset(each.forms),
                persons=tuple(person[:3] for person in persons.get(each.id, ())),
                ages=tuple(p[3] for p in persons.get(each.id, ()) if shows_ages and p[3] is not None),
                channels=frozenset(channels.get(each.id, ())),
            )
            for each in incidents
        ]


def _best(facts: EventFacts, near: Sequence[Incident], others: Sequence[EventFacts]) -> list[Similar]:
    found = []
    for incident, other in zip(near, others, strict=True):
        fields = compare(facts, other)
        if (score := total(fields)) >= LEAST_SCORE:
            found.append(Similar(incident, score, fields))
    return sorted(found, key=lambda each: (-each.score, str(each.incident.id)))[:BEST]


def _moment(day: date | None) -> datetime | None:
    return datetime.combine(day, time(12), UTC) if day else None
