"""What closing an incident, or a child's case, requires (Decree 56/2017 arts. 28 and 30.1b)."""

from uuid import UUID

from app.models.cases.ages import Ages
from app.models.cases.events import CaseEvent
from app.models.cases.incidents import CHILD_ABUSE, STAFF_KINDS, Incident, IncidentPerson
from app.repositories.cases.child_cases import CaseRepository
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.units import UnitRepository
from app.security.access.roles import WORKING_LEVELS
from app.services.cases.problems import SEVERITY_NOT_ASSESSED
from app.services.deadlines.clock_rule_cache import Rule
from app.services.deadlines.rules import ClockRules
from app.services.platform.unit_of_work import UnitOfWork

PLAN = "plan_submitted"
ADULT_KINDS = STAFF_KINDS | {"parent"}


class ClosureRequirements:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.rules = ClockRules(work)

    async def requires_plans(self, incident: Incident) -> bool:
        """Whether a clock rule in force requires a plan for this group and severity.

        Raises `severity_not_assessed` (409) where only a missing assessment could exempt it.
        """
        rules = await self._plan_rules(incident.group)
        if rules and incident.severity is None:
            raise SEVERITY_NOT_ASSESSED()
        return any(not rule.severities or incident.severity in rule.severities for rule in rules)

    async def requires_less_in(self, incident: Incident, group: str) -> bool:
        """Whether plans are due in the incident's group but not in another, or it would no longer be child abuse."""
        if incident.group == CHILD_ABUSE != group:
            return True
        return await self.plans_in(incident.group) and not await self.plans_in(group)

    async def plans_in(self, group: str) -> bool:
        """Whether plans are due in a group at any severity."""
        return bool(await self._plan_rules(group))

    async def _plan_rules(self, group: str) -> list[Rule]:
        rules = [rule for rule in await self.rules.in_force(self.work.today) if PLAN in rule.met_by]
        return [rule for rule in rules if not rule.groups or group in rule.groups]

    async def requires_plan_for(self, person: IncidentPerson, incident: Incident) -> bool:
        return is_protected(person, incident) and await self.requires_plans(incident)

    async def are_met(self, incident: Incident) -> bool:
        """Whether every victim who requires a case has a closed one, with an approved plan in its last cycle.

        An incident that requires plans and names no victim does not meet this.
        """
        if not await self.requires_plans(incident):
            return True
        victims = await self._victims(incident)
        helped = await CaseRepository(self.work.session).seen_through(incident.id)
        return bool(victims) and all(each.id in helped for each in victims if is_protected(each, incident))

    async def are_decided_above(self, incident: Incident) -> bool:
        """Whether the level above decided on the plan of every victim who requires one; so it guards the closing.

        Where none works above, another person of the holder than its author decided on each plan.
        """
        if not await self.requires_plans(incident):
            return False
        incidents = IncidentRepository(self.work.session)
        if await incidents.last_event(incident.id, (CaseEvent.VICTIM_RULED_OUT,)) is not None:
            # The holder changed who requires one, on which the level above did not decide.
            return False
        superiors = await UnitRepository(self.work.session).superiors(incident.org_path)
        working = {unit.id for unit in superiors if unit.kind in WORKING_LEVELS} or {incident.holder_id}
        helped = await CaseRepository(self.work.session).seen_through(incident.id)
        protected = [each for each in await self._victims(incident) if is_protected(each, incident)]
        return bool(protected) and all(helped.get(each.id) in working for each in protected)

    async def protected(self, incident: Incident) -> set[UUID]:
        """The victims who require a case where plans are due."""
        return {each.id for each in await self._victims(incident) if is_protected(each, incident)}

    async def _victims(self, incident: Incident) -> list[IncidentPerson]:
        persons = await IncidentRepository(self.work.session).persons(incident.id)
        return [person for person in persons if person.role == "victim"]


def is_protected(person: IncidentPerson, incident: Incident) -> bool:
    """Under 18 on the day of the event, or of unknown age and a kind that may be a minor.

    Decree 56/2017 protects children under 16; Decree 80/2017 art. 6.3 asks the same help for every minor learner.
    """
    is_minor = Ages.on_event(person, incident).is_minor
    return person.kind not in ADULT_KINDS if is_minor is None else is_minor
