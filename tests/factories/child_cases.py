"""One child's case: assessed, planned, closed. All of it invented."""

from typing import Any

import httpx

from tests.factories.cases import set_severity, transition
from tests.factories.http import API, ok, read_etag
from tests.factories.units import StaffedUnit
from tests.world import Client

ASSESSMENT = {
    "harm": {"harm_severity": "high", "abuser_access": "high", "care_obstacles": "low"},
    "capacity": {"self_protection": "low", "recovery": "medium"},
    "risk": "high",
    "note": "Bịa: em còn sợ đến trường",
}
PLAN = {
    "goal": "Bịa: em an tâm đi học lại",
    "steps": [
        {"service": "counselling", "description": "Tư vấn mỗi tuần (bịa)", "responsible": "Tư vấn viên của trường"},
        {"service": "family_support", "description": "Gặp gia đình (bịa)", "due_on": "2026-12-01"},
    ],
}
CLOSURE = {"no_longer_at_risk": True, "is_stable": True, "evidence": "Biên bản rà soát (bịa)"}
REVIEW = ASSESSMENT | {"harm": {"harm_severity": "low"}, "risk": "low"}
CHILD = {"name": "Bé Bịa", "birth_date": "2011-02-03"}


async def open_child_cases(school: StaffedUnit, children: int = 1, **fields: Any) -> tuple[str, list[str]]:
    """An incident and the cases of its children."""
    intake = await school.head.create_intake(children=[CHILD] * children, **fields)
    path = f"{API}/incidents/{intake['incident_id']}"
    persons = [p["id"] for p in ok(await school.head.get(f"{path}/persons")) if p["role"] == "victim"]
    cases = [ok(await school.counsellor.post(f"{path}/cases", {"person_id": p}), 201)["id"] for p in persons]
    return intake["incident_id"], cases


async def open_child_cases_with_severity(
    school: StaffedUnit, severity: str, children: int = 1, **fields: Any
) -> tuple[str, list[str]]:
    incident_id, cases = await open_child_cases(school, children, **fields)
    ok(await set_severity(school.head, incident_id, severity), 201)
    return incident_id, cases


async def create_incident_in_intervention(school: StaffedUnit, severity: str | None, **fields: Any) -> tuple[str, str]:
    """An incident that would be closed next: its id and its path."""
    incident_id = (await school.head.create_intake(**fields))["incident_id"]
    if severity:
        ok(await set_severity(school.head, incident_id, severity), 201)
    path = f"{API}/incidents/{incident_id}"
    for action in ("acknowledge", "intervene"):
        ok(await transition(school.head, path, action))
    return incident_id, path


async def post_to_case(client: Client, case_id: str, what: str, body: dict[str, Any]) -> httpx.Response:
    path = f"{API}/cases/{case_id}"
    return await client.post(f"{path}/{what}", body, headers={"If-Match": await read_etag(client, path)})


async def submit_plan(school: StaffedUnit, case_id: str) -> str:
    ok(await post_to_case(school.counsellor, case_id, "assessments", ASSESSMENT), 201)
    return str(ok(await post_to_case(school.counsellor, case_id, "plans", PLAN), 201)["id"])


async def decide_plan(client: Client, case_id: str, plan_id: str, decision: str, **more: str) -> httpx.Response:
    return await post_to_case(client, case_id, f"plans/{plan_id}/decision", {"decision": decision, **more})
