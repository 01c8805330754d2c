"""Incidents, persons, clocks, children's cases and disciplines."""

from tests.isolation import rule
from tests.isolation.operation import (
    CASE_READERS,
    INCIDENT,
    MERGE,
    Ids,
    Operation,
    fixed,
    listing,
    on_case,
    search,
    soon,
)
from tests.isolation.rule import WORKERS, Actor

PERSON = INCIDENT + "/persons/{person_id}"
EXEMPTION = "/api/v1/exemptions/{exemption_id}"
ESCALATION = "/api/v1/escalations/{escalation_id}"
CASE = "/api/v1/cases/{case_id}"
DISCIPLINE = "/api/v1/disciplines/{discipline_id}"
COMMITMENT = "/api/v1/violation-commitments/{violation_commitment_id}"
STEP = CASE + "/plans/{plan_id}/steps/{step_id}"


def emergency_act(_: Actor, __: Ids) -> dict[str, object]:
    return {"act": "family_notified", "done_at": soon(hours=-1)}


def assessment(_: Actor, __: Ids) -> dict[str, object]:
    return {"harm": {"harm_severity": "low"}, "capacity": {"recovery": "high"}, "risk": "low"}


def plan(_: Actor, __: Ids) -> dict[str, object]:
    return {"goal": "thử", "steps": [{"service": "other", "description": "thử"}]}


def closure(_: Actor, __: Ids) -> dict[str, object]:
    return {"no_longer_at_risk": True, "is_stable": True, "evidence": "thử"}


def discipline(_: Actor, ids: Ids) -> dict[str, object]:
    return {"person_id": str(ids["pupil_id"]), "measure": "reminder", "decided_on": "2025-11-03"}


def commitment(_: Actor, ids: Ids) -> dict[str, object]:
    return {"person_id": str(ids["pupil_id"]), "made_on": "2025-11-03", "text": "thử"}


OPERATIONS: dict[str, Operation] = {
    "GET /api/v1/incidents": listing(CASE_READERS),
    "GET /api/v1/incidents/counts": listing(CASE_READERS, ""),
    f"GET {INCIDENT}": on_case(CASE_READERS),
    f"GET {INCIDENT}/timeline": on_case(CASE_READERS),
    f"GET {INCIDENT}/severities": on_case(CASE_READERS),
    f"GET {INCIDENT}/persons": on_case(CASE_READERS),
    f"GET {PERSON}": on_case(CASE_READERS, least=2),
    f"PATCH {INCIDENT}": on_case(
        WORKERS, 200, fixed(location="online"), tag_from=INCIDENT, writes=True, media_type=MERGE
    ),
    f"POST {INCIDENT}/transitions": on_case(WORKERS, 200, fixed(action="acknowledge"), tag_from=INCIDENT, writes=True),
    f"POST {INCIDENT}/severities": on_case(
        WORKERS, 201, fixed(severity="high", reason="thử"), tag_from=INCIDENT, writes=True
    ),
    f"POST {INCIDENT}/persons": on_case(WORKERS, 201, fixed(role="witness", kind="pupil"), writes=True),
    f"PATCH {PERSON}": on_case(WORKERS, 200, fixed(estimated_age=12), tag_from=PERSON, writes=True, media_type=MERGE),
    f"POST {PERSON}/finding": on_case(
        WORKERS, 409, fixed(finding="cleared", reason="thử"), tag_from=PERSON, writes=True, elsewhere=403
    ),  # nobody accused
    f"POST {INCIDENT}/acts": on_case(WORKERS, 201, emergency_act, writes=True),
    f"GET {INCIDENT}/clocks": on_case(CASE_READERS),
    f"GET {INCIDENT}/escalations": on_case(CASE_READERS),
    "GET /api/v1/clocks": listing(CASE_READERS),
    "GET /api/v1/escalations": listing(CASE_READERS),
    f"GET {ESCALATION}": on_case(CASE_READERS, least=9),
    f"POST {ESCALATION}/answer": on_case(
        WORKERS, 200, fixed(answer="thử"), tag_from=ESCALATION, writes=True, least=9, elsewhere=403
    ),
    f"GET {INCIDENT}/exemptions": on_case(CASE_READERS),
    f"GET {EXEMPTION}": on_case(CASE_READERS),
    f"POST {INCIDENT}/clocks/{{clock_id}}/exemptions": on_case(
        WORKERS, 409, fixed(kind="waiver", reason="thử"), writes=True
    ),  # no duty to notify
    f"POST {EXEMPTION}/decision": on_case(
        WORKERS, 409, fixed(decision="confirm"), tag_from=EXEMPTION, writes=True
    ),  # decided already
    f"GET {INCIDENT}/cases": on_case(CASE_READERS),
    f"POST {INCIDENT}/cases": on_case(
        WORKERS, 409, lambda _, ids: {"person_id": str(ids["person_id"])}, writes=True
    ),  # the victim has a case already
    "GET /api/v1/cases": listing(CASE_READERS),
    f"GET {CASE}": on_case(CASE_READERS, least=2),
    f"GET {CASE}/assessments": on_case(CASE_READERS, least=2),
    f"POST {CASE}/assessments": on_case(WORKERS, 201, assessment, tag_from=CASE, writes=True, least=2),
    f"GET {CASE}/plans": on_case(CASE_READERS, least=2),
    f"POST {CASE}/plans": on_case(WORKERS, 201, plan, tag_from=CASE, writes=True, least=2),
    f"POST {CASE}/plans/{{plan_id}}/decision": on_case(
        WORKERS, 409, fixed(decision="return", reason="thử"), tag_from=CASE, writes=True, least=2
    ),  # the plan is decided already
    f"GET {STEP}": on_case(CASE_READERS, least=2),
    f"PATCH {STEP}": on_case(WORKERS, 200, fixed(result="thử"), tag_from=STEP, writes=True, least=2, media_type=MERGE),
    f"POST {CASE}/closure": on_case(WORKERS, 200, closure, tag_from=CASE, writes=True, least=2),
    f"POST {CASE}/reopening": on_case(WORKERS, 409, fixed(reason="thử"), tag_from=CASE, writes=True, least=2),
    f"GET {INCIDENT}/disciplines": on_case(CASE_READERS),
    f"POST {INCIDENT}/disciplines": on_case(WORKERS, 201, discipline, writes=True),
    f"GET {INCIDENT}/commitments": on_case(CASE_READERS),
    f"POST {INCIDENT}/commitments": on_case(WORKERS, 201, commitment, writes=True),
    f"GET {COMMITMENT}": on_case(CASE_READERS, least=2),
    f"GET {COMMITMENT}/document": on_case(CASE_READERS, least=2, shown=3),
    f"POST {COMMITMENT}/answers": on_case(
        WORKERS,
        200,
        fixed(party="pupil", action="sign", on="2025-11-04"),
        tag_from=COMMITMENT,
        writes=True,
        least=2,
    ),
    f"POST {COMMITMENT}/end": on_case(WORKERS, 200, fixed(conclusion="thử"), tag_from=COMMITMENT, writes=True, least=2),
    f"POST {COMMITMENT}/withdrawal": on_case(
        WORKERS, 200, fixed(reason="thử"), tag_from=COMMITMENT, writes=True, least=2
    ),
    f"GET {DISCIPLINE}": on_case(CASE_READERS, least=2),
    f"POST {DISCIPLINE}/withdrawal": on_case(
        WORKERS, 200, fixed(reason="thử"), tag_from=DISCIPLINE, writes=True, least=2
    ),
}

# The list asked for one case.
SEARCHES: dict[str, Operation] = {
    f"GET /api/v1/incidents ({name})": search(query, finds)
    for name, query, finds in (
        ("search by code", "q={code}", rule.is_listed),
        ("search by a part", "q={part}", rule.is_listed),
        ("search by state and year", "q=received+{year}&limit=500", rule.is_listed),
        ("filter by code", "code={code}", rule.is_listed),
        ("search of what is shared", "shared=true&q={code}", rule.is_shared_with),
    )
}
