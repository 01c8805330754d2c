"""Report periods of the unit that holds the case, what is decided about its report, and acting signers."""

from tests.isolation.operation import MERGE, Ids, On, Operation, fixed, listing, on_case
from tests.isolation.rule import REPORT_READERS, REVIEWERS, SIGNERS, Actor

PERIOD = "/api/v1/report-periods/{period_id}"
REPORT = "/api/v1/reports/{report_id}"
SIGNER = "/api/v1/acting-signers/{signer_id}"
ABOVE = REVIEWERS
# Of its own report a unit decides nothing where one above it works here.
BELOW_ANOTHER = frozenset(role for role in REVIEWERS if role.startswith("bureau_"))
PAST = "2001-01-01"
PERIOD_BODY = {
    "kind": "thematic",
    "template_code": "khong_co",
    "school_year": "2023-2024",
    "starts_on": "2024-01-01",
    "ends_on": "2024-02-01",
}
EXTENSION = {"due_on": PAST, "decision_number": "1/QĐ-MẪU", "reason": "Thử"}


def reporter(_: Actor, ids: Ids) -> dict[str, object]:
    """The unit itself, which is none that reports for it."""
    return {"unit_id": str(ids["unit"]), "valid_from": PAST, "decision_number": "1/QĐ-MẪU"}


def acting(_: Actor, ids: Ids) -> dict[str, object]:
    days = {"valid_from": PAST, "valid_to": "2001-02-01"}
    return {"user_id": str(ids["bystander"]), "mode": "kt", "decision_number": "1/QĐ-MẪU", **days}


OPERATIONS: dict[str, Operation] = {
    "GET /api/v1/report-periods": listing(REPORT_READERS),
    "POST /api/v1/report-periods": Operation(On.NOTHING, ABOVE, 422, fixed(**PERIOD_BODY)),
    "GET /api/v1/report-rules": Operation(On.NOTHING, REPORT_READERS),
    f"GET {PERIOD}": on_case(REPORT_READERS, least=9),
    f"GET {PERIOD}/board": on_case(REPORT_READERS, least=9),
    f"GET {PERIOD}/board.csv": on_case(REPORT_READERS, least=9),
    # The planted period is open.
    f"PATCH {PERIOD}": on_case(
        ABOVE, 409, fixed(ends_on="2020-06-01"), tag_from=PERIOD, media_type=MERGE, writes=True, least=9, elsewhere=403
    ),
    f"DELETE {PERIOD}": on_case(ABOVE, 409, tag_from=PERIOD, writes=True, least=9, elsewhere=403),
    f"POST {PERIOD}/opening": on_case(ABOVE, 200, writes=True, least=9, elsewhere=403),
    f"POST {PERIOD}/closing": on_case(ABOVE, 200, tag_from=PERIOD, writes=True, least=9, elsewhere=403),
    f"POST {PERIOD}/requested-day": on_case(ABOVE, 200, fixed(requested_on=None), writes=True, least=9),
    f"GET {REPORT}/reporter-units": on_case(REPORT_READERS, least=9),
    f"POST {REPORT}/reporter-units": on_case(ABOVE, 403, reporter, writes=True, least=9, elsewhere=422),
    f"POST {REPORT}/extensions": on_case(
        ABOVE, 422, fixed(**EXTENSION), writes=True, least=9, elsewhere=422, refused=BELOW_ANOTHER
    ),
    "GET /api/v1/acting-signers": listing(REPORT_READERS),
    "POST /api/v1/acting-signers": Operation(On.NOTHING, SIGNERS, 422, acting),
    f"GET {SIGNER}": on_case(REPORT_READERS, least=9),
    f"POST {SIGNER}/withdrawal": on_case(SIGNERS, 409, tag_from=SIGNER, writes=True, least=9),
}
