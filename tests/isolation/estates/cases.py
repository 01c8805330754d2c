"""The incident with its persons, judgements, clocks and disciplines, and the case of its child."""

from datetime import timedelta
from uuid import UUID

from app.core.ids import case_code
from app.models.cases.child_cases import CaseAssessment, CasePlan, CasePlanStep, ChildCase
from app.models.cases.clocks import Clock, Escalation
from app.models.cases.commitments import ViolationCommitment
from app.models.cases.disciplines import Discipline
from app.models.cases.exemptions import Exemption
from app.models.cases.incidents import Incident, IncidentEvent, IncidentPerson, IncidentSeverity
from tests.isolation.estates.notices import RECIPIENT
from tests.isolation.plot import Plot
from tests.isolation.rule import PARTNERS, Actor


def plant(plot: Plot) -> None:
    _plant_incident(plot)
    person_id = _plant_persons(plot)
    _plant_child_case(plot, person_id)
    _plant_clock(plot)


def _plant_incident(plot: Plot) -> None:
    case, now = plot.case, plot.now
    incident = Incident(
        **plot.held,
        id=plot.incident_id,
        code=case_code(now.year),
        state="received",
        group="school_violence",
        severity="low",
        location=plot.facts,
        cipher=plot.cipher,
        place=plot.circumstances,
        summary=plot.identities,
        held_by_superior=case.unit != case.holder,
        received_at=now,
        created_at=now,
    )
    plot.add(
        incident,
        IncidentSeverity(**plot.sealed, severity="low", reason=plot.circumstances, judged_at=now),
        IncidentEvent(
            **plot.sealed,
            kind="opened",
            data={"word": plot.facts},
            reason=plot.circumstances,
            by_role=plot.circumstances,
            at=now,
        ),
    )
    case.code = incident.code

    # Notices name their incident to all who read them, also where they have no line.
    def reads_incident(actor: Actor) -> bool:
        is_named = actor.name == RECIPIENT or (actor.role in PARTNERS and actor.unit == case.holder)
        return plot.sees(actor) or is_named

    plot.record("incident_id", plot.incident_id, reads_incident)


def _plant_persons(plot: Plot) -> UUID:
    """A victim, whose id is returned, and a pupil who was disciplined."""
    words = plot.identities
    person = IncidentPerson(**plot.sealed, role="victim", kind=plot.row, name=words, description=words)
    pupil = IncidentPerson(**plot.sealed, role="perpetrator", kind="pupil", name=words)
    discipline = Discipline(
        **plot.sealed,
        person_id=pupil.id,
        measure=plot.row,
        decided_on=plot.now.date(),
        decision_number=words,
        note=words,
        recorded_at=plot.now,
    )
    commitment = ViolationCommitment(
        **plot.sealed,
        person_id=pupil.id,
        discipline_id=discipline.id,
        state="followed",
        answers=[{"party": "pupil", "state": "asked", "on": plot.now.date().isoformat()}],
        made_on=plot.now.date(),
        text=words,
        conclusion=words,
        made_at=plot.now,
    )
    plot.add(person, pupil, discipline, commitment)
    plot.record("violation_commitment_id", commitment.id, plot.sees)
    plot.record("person_id", person.id, plot.sees)
    plot.record("pupil_id", pupil.id, plot.sees)
    plot.record("discipline_id", discipline.id, plot.sees)
    return person.id


def _plant_child_case(plot: Plot, person_id: UUID) -> None:
    now, words = plot.now, plot.identities
    case = ChildCase(**plot.sealed, code=case_code(now.year), person_id=person_id, state="under_way", opened_at=now)
    assessment = CaseAssessment(
        **plot.sealed, case_id=case.id, cycle=1, harm={}, capacity={}, risk="low", note=words, assessed_at=now
    )
    plan = CasePlan(
        **plot.sealed,
        case_id=case.id,
        cycle=1,
        state="approved",
        goal=words,
        reason=plot.circumstances,
        submitted_at=now,
    )
    step = CasePlanStep(
        **plot.sealed,
        plan_id=plan.id,
        position=1,
        service="other",
        description=words,
        responsible=plot.circumstances,
    )
    plot.add(case, assessment, plan, step)
    plot.record("case_id", case.id, plot.sees)
    plot.record("plan_id", plan.id, plot.sees)
    plot.record("step_id", step.id, plot.sees)


def _plant_clock(plot: Plot) -> None:
    clock = Clock(
        **plot.part,
        rule_code="acknowledge",
        label_vi=plot.facts,
        label_en=plot.facts,
        source=plot.facts,
        calendar="",
        escalates=True,
        started_on="receipt",
        met_by=[],
        started_at=plot.now,
        due_at=plot.now + timedelta(days=9),
    )
    escalation = Escalation(
        **plot.sealed,
        clock_id=clock.id,
        from_unit_id=plot.holder,
        to_unit_id=plot.holder,
        raised_at=plot.now,
        answer=plot.circumstances,
    )
    exemption = Exemption(
        **plot.sealed,
        clock_id=clock.id,
        kind="waiver",
        state="rejected",
        reason=plot.circumstances,
        asked_at=plot.now,
        asked_by=plot.bystander,
        decision_reason=plot.circumstances,
        decided_at=plot.now,
    )
    plot.add(clock, escalation, exemption)
    plot.record("clock_id", clock.id, plot.sees)
    plot.record("escalation_id", escalation.id)
    plot.record("exemption_id", exemption.id, plot.sees)
