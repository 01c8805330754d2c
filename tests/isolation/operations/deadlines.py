"""Rules of clocks, their local forms and working days."""

from app.core.time import today
from tests.isolation.operation import Ids, On, Operation, fixed, listing
from tests.isolation.rule import EVERYONE, LEADERS, Actor


def local_deadline(_: Actor, __: Ids) -> dict[str, object]:
    limit = {"amount": 1, "time_unit": "minutes", "valid_from": today().isoformat()}
    return {**limit, "rule_code": "khong_co", "decision_number": "04/QĐ-MẪU"}


CALENDAR = frozenset({"department_head", "department_officer"})

OPERATIONS: dict[str, Operation] = {
    "POST /api/v1/local-deadlines": Operation(
        On.NOTHING, LEADERS, 422, local_deadline
    ),  # the rule is unknown on purpose
    "POST /api/v1/local-deadlines/{rule_id}/end": Operation(
        On.NOTHING,
        LEADERS,
        404,
        fixed(valid_to=today().isoformat()),
    ),
    "PUT /api/v1/working-days/{day}": Operation(
        On.NOTHING, CALENDAR, 200, fixed(is_working=True, decision_number="05/QĐ-MẪU", source="thử")
    ),
    "DELETE /api/v1/working-days/{day}": Operation(On.NOTHING, CALENDAR, 204),
    "GET /api/v1/clock-rules": listing(EVERYONE, ""),
    "GET /api/v1/local-deadlines": listing(EVERYONE, ""),
    "GET /api/v1/working-days": listing(EVERYONE, "from=2026-01-01&to=2026-01-02"),
}
