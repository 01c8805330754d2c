"""The audit log, and who saw a case."""

from tests.isolation.operation import INCIDENT, On, Operation, on_case
from tests.isolation.rule import LEADERS

OPERATIONS: dict[str, Operation] = {
    "GET /api/v1/audit/entries": Operation(
        On.NOTHING, frozenset({"auditor", "department_head"}), query="limit=500", lists_acts=True
    ),
    "GET /api/v1/audit/entries/{entry_id}/proof": Operation(On.NOTHING, frozenset({"auditor", "department_head"}), 404),
    f"GET {INCIDENT}/access": on_case(LEADERS, writes=True),  # reads, and only as the holder's line
}
