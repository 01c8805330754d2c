"""School years and roster counts. The caller's own unit counts; nobody counts for another."""

from tests.isolation.operation import Ids, On, Operation, fixed, listing
from tests.isolation.operations.deadlines import CALENDAR
from tests.isolation.rule import EVERYONE, LEADERS, Actor

YEAR = "/api/v1/school-years/{school_year}"
ROSTER = "/api/v1/roster-counts/{school_year}/{moment}"
HEADS = frozenset({"department_head", "bureau_head", "school_head"})
DRAFTERS = LEADERS | {"school_officer", "integration_client"}
REPORT_READERS = DRAFTERS | {"inspector", "auditor"}


def roster_count(_: Actor, __: Ids) -> dict[str, object]:
    counts = [{"school_level": "primary", "sex": "female", "pupils": 1}]
    return {"counted_on": "2026-09-30", "source": "thử", "counts": counts}


OPERATIONS: dict[str, Operation] = {
    "GET /api/v1/school-years": listing(EVERYONE, ""),
    f"GET {YEAR}": listing(EVERYONE, ""),
    f"PUT {YEAR}": Operation(
        On.NOTHING,
        CALENDAR,
        200,
        fixed(starts_on="2026-08-22", ends_on="2027-05-31", is_confirmed=False, source="thử"),
    ),
    "GET /api/v1/roster-counts": listing(REPORT_READERS),
    f"GET {ROSTER}": listing(REPORT_READERS, ""),
    f"GET {ROSTER}/total": listing(REPORT_READERS, ""),
    # The units of this province have no school levels.
    f"PUT {ROSTER}": Operation(On.NOTHING, DRAFTERS, 422, roster_count, tag_from=ROSTER),
    f"POST {ROSTER}/freeze": Operation(On.NOTHING, HEADS, 409, tag_from=ROSTER),
}
