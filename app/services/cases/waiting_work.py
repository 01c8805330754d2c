"""What waits of cases: clocks, escalations, and what the level above decides."""

from datetime import timedelta
from typing import Final

from app.core.filters import UNFILTERED
from app.core.problems import Text
from app.core.time import start_of
from app.models.cases.clocks import ClockFilter, ClockOfCase, Escalation
from app.models.cases.exemptions import Exemption
from app.repositories.cases.child_cases import CaseRepository, PlanToDecide
from app.repositories.cases.exemptions import ExemptionRepository
from app.security.access.roles import Act, Resource
from app.services.cases.clocks import ClockService
from app.services.cases.decision_level import decided_lengths, raised_severities
from app.services.cases.escalations import EscalationService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.platform.waiting_work import FIRST, Waiting, WaitingItem, WaitingWork, waiting_of


async def _missed(work: UnitOfWork) -> Waiting:
    return await _clocks(work, ClockFilter(("missed",)))


async def _due(work: UnitOfWork) -> Waiting:
    """Those that run out by the end of tomorrow."""
    return await _clocks(work, ClockFilter(("running",), start_of(work.today + timedelta(days=2))))


async def _clocks(work: UnitOfWork, wanted: ClockFilter) -> Waiting:
    async with work.at_own_unit():
        return waiting_of(await ClockService(work).page(FIRST, wanted), _of_clock)


def _of_clock(row: ClockOfCase) -> WaitingItem:
    clock = row.clock
    if clock.incident_id is not None:
        shown = ("get_incident", {"incident_id": clock.incident_id})
    elif clock.intake_id is not None:
        shown = ("get_intake", {"intake_id": clock.intake_id})
    else:
        raise LookupError("a clock of nothing")
    return WaitingItem(clock.id, *shown, row.code, clock.due_at)


async def _escalations(work: UnitOfWork) -> Waiting:
    return waiting_of(await EscalationService(work).page(FIRST, UNFILTERED, answered=False), _of_escalation)


def _of_escalation(row: Escalation) -> WaitingItem:
    return WaitingItem(row.id, "get_escalation", {"escalation_id": row.id}, incident_id=row.incident_id)


async def _plans(work: UnitOfWork) -> Waiting:
    lengths, raised = await decided_lengths(work), await raised_severities(work)
    cases = CaseRepository(work.session)
    found = await cases.plans_to_decide(FIRST, work.actor.org_path, work.actor.id, lengths, tuple(sorted(raised)))
    return waiting_of(found, _of_plan)


def _of_plan(row: PlanToDecide) -> WaitingItem:
    return WaitingItem(row.case.id, "get_case", {"case_id": row.case.id}, row.code)


async def _exemptions(work: UnitOfWork) -> Waiting:
    exemptions, lengths = ExemptionRepository(work.session), await decided_lengths(work)
    return waiting_of(await exemptions.undecided(FIRST, work.actor.id, lengths), _of_exemption)


def _of_exemption(row: Exemption) -> WaitingItem:
    return WaitingItem(row.id, "get_exemption", {"exemption_id": row.id}, incident_id=row.incident_id)


WAITING_WORK: Final = (
    WaitingWork("clocks_missed", Text("Thời hạn đã quá", "Time limits missed"), Act.UPDATE, Resource.INCIDENT, _missed),
    WaitingWork(
        "clocks_due",
        Text("Thời hạn đến hết ngày mai", "Time limits that end by tomorrow"),
        Act.UPDATE,
        Resource.INCIDENT,
        _due,
    ),
    WaitingWork(
        "escalations_to_answer",
        Text("Việc chuyển lên cấp trên chờ trả lời", "Escalations to answer"),
        Act.DECIDE,
        Resource.INCIDENT,
        _escalations,
    ),
    WaitingWork(
        "plans_to_decide",
        Text("Kế hoạch hỗ trợ trẻ chờ phê duyệt", "Plans of children's cases to decide"),
        Act.DECIDE,
        Resource.INCIDENT,
        _plans,
    ),
    WaitingWork(
        "exemptions_to_decide",
        Text("Đề nghị miễn, tạm dừng thông báo chờ quyết định", "Exemptions to decide"),
        Act.DECIDE,
        Resource.INCIDENT,
        _exemptions,
    ),
)
