"""Templates of reports, which every unit that fills them in reads, and the department makes."""

from app.schemas.reports.templates import EXAMPLE
from tests.isolation.operation import Ids, On, Operation, fixed, listing, serial
from tests.isolation.rule import Actor

TEMPLATE = "/api/v1/report-templates/{bystander}"
NAMED = "/api/v1/report-templates/{template_id}"
READERS = frozenset(
    {"department_head", "department_officer", "bureau_head", "bureau_officer", "school_head", "school_officer"}
    | {"inspector", "auditor", "integration_client"}
)
MAKERS = frozenset({"department_head", "department_officer"})


def next_template(_: Actor, __: Ids) -> dict[str, object]:
    return {"code": f"thu_{next(serial)}", "definition": EXAMPLE}


# Nobody's template is named: what a unit may read and write of another's is in tests/reports/templates.
OPERATIONS: dict[str, Operation] = {
    "GET /api/v1/report-templates": listing(READERS),
    f"GET {NAMED}": Operation(On.NOTHING, READERS, 404),
    "POST /api/v1/report-templates": Operation(On.NOTHING, MAKERS, 201, next_template),
    f"PUT {NAMED}": Operation(On.NOTHING, MAKERS, 404, fixed(definition=EXAMPLE), tag_from=TEMPLATE),
    f"POST {NAMED}/publication": Operation(On.NOTHING, MAKERS, 404, fixed(valid_from="2031-01-01"), tag_from=TEMPLATE),
}
