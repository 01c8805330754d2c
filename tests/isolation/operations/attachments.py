"""Attachments."""

from tests.isolation.operation import INCIDENT, REFERRAL_READERS, SYSTEMS, Operation, fixed, on_case, public
from tests.isolation.rule import LEADERS, WORKERS

ATTACHMENT = "/api/v1/attachments/{attachment_id}"


OPERATIONS: dict[str, Operation] = {
    f"GET {INCIDENT}/attachments": on_case(REFERRAL_READERS),
    f"POST {INCIDENT}/attachments": on_case(
        WORKERS | SYSTEMS, 201, fixed(text="thử"), writes=True, media_type="text/plain"
    ),
    f"GET {ATTACHMENT}": on_case(REFERRAL_READERS, least=2),
    f"POST {ATTACHMENT}/links": on_case(REFERRAL_READERS, 201, fixed(variant="original"), least=2, shown=3),
    f"POST {ATTACHMENT}/destruction": on_case(LEADERS, 204, fixed(reason="thử"), writes=True, least=2),
    f"PUT {ATTACHMENT}/release": on_case(LEADERS, 200, fixed(reason="thử"), writes=True, least=2),
    f"DELETE {ATTACHMENT}/release": on_case(LEADERS, 200, writes=True, least=2),
    f"GET {ATTACHMENT}/content": public(404, query="token=0"),
}
