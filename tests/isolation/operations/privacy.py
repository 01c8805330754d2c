"""Retention, legal holds and requests of data subjects."""

from tests.isolation.operation import INCIDENT, THIS_MONTH, Ids, On, Operation, fixed, listing, on_case
from tests.isolation.rule import EVERYONE, LEADERS, WORKERS, Actor

HOLD = INCIDENT + "/holds/{hold_id}"
CERTIFICATE = "/api/v1/retention/certificates/{certificate_id}"
REQUEST = "/api/v1/subject-requests/{request_id}"
KEEPERS = LEADERS | {"inspector", "auditor"}


def retention_period(_: Actor, __: Ids) -> dict[str, object]:
    return {"class_code": "khong_co", "months": 1200, "decision_number": "04/QĐ-MẪU", "valid_from": "2026-01-01"}


def subject_request(_: Actor, __: Ids) -> dict[str, object]:
    form = {"identity": {"name": "Người Thử"}, "statement": "thử"}
    return {**form, "kind": "access", "requester": "representative", "child_is_seven": True}


OPERATIONS: dict[str, Operation] = {
    "GET /api/v1/retention/classes": listing(EVERYONE, ""),
    "GET /api/v1/local-retentions": listing(EVERYONE, ""),
    "POST /api/v1/local-retentions": Operation(
        On.NOTHING, frozenset({"department_head"}), 422, retention_period
    ),  # the class is unknown on purpose
    "POST /api/v1/local-retentions/{rule_id}/end": Operation(
        On.NOTHING, frozenset({"department_head"}), 404, fixed(valid_to="2026-02-01")
    ),
    "GET /api/v1/retention/preview": listing(KEEPERS, THIS_MONTH),
    "GET /api/v1/retention/certificates": listing(KEEPERS),
    f"GET {CERTIFICATE}": on_case(KEEPERS, least=9),
    f"GET {INCIDENT}/holds": on_case(KEEPERS, writes=True),  # reads, and only as the holder's line
    f"POST {INCIDENT}/holds": on_case(LEADERS, 201, fixed(reason="thử"), writes=True),
    f"DELETE {HOLD}": on_case(LEADERS, 204, writes=True),
    "GET /api/v1/subject-request-rules": listing(EVERYONE, ""),
    "GET /api/v1/subject-requests": listing(WORKERS | {"inspector"}),
    "POST /api/v1/subject-requests": Operation(On.NOTHING, WORKERS, 201, subject_request),
    f"GET {REQUEST}": on_case(WORKERS | {"inspector"}, least=9),
    f"POST {REQUEST}/transitions": on_case(
        LEADERS, 200, fixed(action="accept", answer="thử"), tag_from=REQUEST, writes=True, least=9
    ),
}
