"""Queries of cases and their parts."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import Select, and_, false, func, or_, select

from app.core.filters import ListFilter
from app.core.paging import Page, PageRequest
from app.models.cases.child_cases import (
    APPROVED,
    UNDER_WAY,
    CaseAssessment,
    CasePlan,
    CasePlanStep,
    ChildCase,
)
from app.models.cases.incidents import Incident
from app.repositories.base import Repository
from app.repositories.filters import of_units_case, updated
from app.security.access.listings import Asked, Listing

P = TypeVar("P", CaseAssessment, CasePlan)


@dataclass(frozen=True, slots=True)
class PlanToDecide:
    """A case whose plan waits for its decision, with the code of its incident."""

    case: ChildCase
    code: str


class CaseRepository(Repository[ChildCase]):
    model = ChildCase

    async def held(self, page: PageRequest, wanted: ListFilter, *, state: tuple[str, ...]) -> Page[ChildCase]:
        """Those held within the session's range."""
        return await HELD.page(self.session, page, {**wanted.values, "state": state})

    async def plans_to_decide(
        self, page: PageRequest, own_path: str, not_by: UUID, path_length: tuple[int, ...], raised: tuple[str, ...]
    ) -> Page[PlanToDecide]:
        """Plans that somebody else submitted: of a raised severity those of holders at some depths, else one's own."""
        asked = {"own_path": own_path, "not_by": not_by, "path_length": path_length, "raised": raised}
        found = await TO_DECIDE.rows(self.session, page, asked)
        return Page([PlanToDecide(*row) for row in found.items], found.more)

    async def of_incident(self, incident_id: UUID, limit: int | None = None) -> list[ChildCase]:
        query = self.select().where(ChildCase.incident_id == incident_id)
        return await self.rows(query.order_by(ChildCase.id).limit(limit))

    async def of_person(self, person_id: UUID) -> ChildCase | None:
        return await self.first(self.select().where(ChildCase.person_id == person_id))

    async def count_in(self, incident_id: UUID, states: Collection[str]) -> int:
        query = select(func.count()).select_from(ChildCase)
        query = query.where(ChildCase.incident_id == incident_id, ChildCase.state.in_(states))
        return await self.count(query)

    async def count_unreviewed(self, incident_id: UUID, since: datetime) -> int:
        """Cases under way that nobody has reviewed after a moment: assessed, that is, with the plan approved."""
        of_plan = and_(CasePlan.case_id == CaseAssessment.case_id, CasePlan.cycle == CaseAssessment.cycle)
        reviewed = _approved().join(CaseAssessment, of_plan)
        reviewed = reviewed.where(
            CasePlan.decided_at < CaseAssessment.assessed_at,
            CaseAssessment.assessed_at > since,
            CaseAssessment.case_id == ChildCase.id,
            CaseAssessment.cycle == ChildCase.cycle,
        )
        query = select(func.count()).select_from(ChildCase)
        query = query.where(ChildCase.incident_id == incident_id, ChildCase.state == UNDER_WAY, ~reviewed.exists())
        return await self.count(query)

    async def count_open(self, incident_ids: Collection[UUID]) -> int:
        query = select(func.count()).select_from(ChildCase)
        query = query.where(ChildCase.incident_id.in_(incident_ids), ChildCase.closed_at.is_(None))
        return await self.count(query)

    async def seen_through(self, incident_id: UUID) -> dict[UUID, UUID | None]:
        """The persons of an incident whose case is closed, with the unit that approved the plan of its last cycle."""
        of_cycle = and_(CasePlan.case_id == ChildCase.id, CasePlan.cycle == ChildCase.cycle)
        query = select(ChildCase.person_id, CasePlan.decided_by_unit_id).join(CasePlan, of_cycle)
        query = query.where(
            ChildCase.incident_id == incident_id, ChildCase.closed_at.is_not(None), CasePlan.state == APPROVED
        )
        return await self.pairs(query.order_by(CasePlan.id))

    async def has_approved_plan(self, case: ChildCase) -> bool:
        """In its present cycle."""
        query = _approved().where(CasePlan.case_id == case.id, CasePlan.cycle == case.cycle)
        return await self.exists(query)

    async def last_assessor(self, case_id: UUID) -> UUID | None:
        query = select(CaseAssessment.assessed_by).where(CaseAssessment.case_id == case_id)
        return await self.first(query.order_by(CaseAssessment.id.desc()).limit(1))

    async def assessments(self, case_id: UUID, latest: int | None = None) -> list[CaseAssessment]:
        return await self._latest(CaseAssessment, case_id, latest)

    async def plans(self, case_id: UUID, latest: int | None = None) -> list[CasePlan]:
        return await self._latest(CasePlan, case_id, latest)

    async def _latest(self, model: type[P], case_id: UUID, latest: int | None) -> list[P]:
        """In order: all, or no more than the latest."""
        query = select(model).where(model.case_id == case_id).order_by(model.id.desc()).limit(latest)
        return (await self.all(query))[::-1]

    async def plan(self, case_id: UUID, plan_id: UUID) -> CasePlan | None:
        query = select(CasePlan).where(CasePlan.id == plan_id, CasePlan.case_id == case_id)
        return await self.one(query)

    async def steps(self, plans: Sequence[CasePlan]) -> dict[UUID, list[CasePlanStep]]:
        query = select(CasePlanStep).where(CasePlanStep.plan_id.in_([plan.id for plan in plans]))
        found = defaultdict[UUID, list[CasePlanStep]](list)
        for step in await self.all(query.order_by(CasePlanStep.position)):
            found[step.plan_id].append(step)
        return found

    async def step(self, plan_id: UUID, step_id: UUID) -> CasePlanStep | None:
        query = select(CasePlanStep).where(CasePlanStep.id == step_id, CasePlanStep.plan_id == plan_id)
        return await self.one(query)


def _held(asked: Asked) -> Select[ChildCase]:
    filters = (
        *asked.among(state=ChildCase.state),
        *of_units_case(asked, ChildCase.incident_id),
        *updated(asked, ChildCase),
    )
    return select(ChildCase).where(asked.within(ChildCase), *filters)


def _to_decide(asked: Asked) -> Select[*tuple[Any, ...]]:
    of_cycle = and_(CasePlan.case_id == ChildCase.id, CasePlan.cycle == ChildCase.cycle, CasePlan.state == "submitted")
    above = or_(false(), *asked.among(path_length=func.length(ChildCase.org_path)))
    is_raised = or_(false(), *asked.among(raised=func.coalesce(Incident.severity, "")))
    return (
        select(ChildCase, Incident.code)
        .join(Incident, Incident.id == ChildCase.incident_id)
        .join(CasePlan, of_cycle)
        .where(
            asked.within(ChildCase),
            ChildCase.closed_at.is_(None),
            ChildCase.state == "plan_submitted",
            CasePlan.submitted_by.is_distinct_from(asked["not_by"]),
            or_(and_(is_raised, above), and_(~is_raised, ChildCase.org_path == asked["own_path"])),
        )
    )


TO_DECIDE: Final = Listing(ChildCase, _to_decide)
HELD: Final = Listing(ChildCase, _held)


def _approved() -> Select[UUID]:
    return select(CasePlan.id).where(CasePlan.state == APPROVED)
