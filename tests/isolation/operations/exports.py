"""Exports: by who keeps a unit's records, of what the lists show them; the records of exports are the unit's own."""

from tests.isolation.operation import On, fixed, listing, on_case
from tests.isolation.operation import Operation as Op
from tests.isolation.rule import UPLOADERS, is_of_holder

EXPORTERS = UPLOADERS - {"integration_client"}
EXPORTS = "/api/v1/exports"

OPERATIONS: dict[str, Op] = {
    f"POST {EXPORTS}": Op(On.NOTHING, EXPORTERS, 200, fixed(exported="incidents", format="jsonl", reason="thử")),
    f"GET {EXPORTS}": listing(EXPORTERS),
    f"GET {EXPORTS}/{{export_id}}": on_case(EXPORTERS, reached=is_of_holder),
}
