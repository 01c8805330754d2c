"""Proposals of acts on a case, and the decisions on them."""

from tests.isolation.operation import CASE_READERS, INCIDENT, Operation, fixed, listing, on_case
from tests.isolation.rule import WORKERS

PROPOSAL = "/api/v1/proposals/{proposal_id}"
PROPOSED = fixed(act="change_group", group="other", reason="thử")

OPERATIONS: dict[str, Operation] = {
    f"GET {INCIDENT}/proposals": on_case(CASE_READERS),
    f"POST {INCIDENT}/proposals": on_case(WORKERS, 201, PROPOSED, writes=True),
    "GET /api/v1/proposals": listing(CASE_READERS),
    f"GET {PROPOSAL}": on_case(CASE_READERS, least=9),
    f"POST {PROPOSAL}/transitions": on_case(
        WORKERS, 403, fixed(action="withdraw"), tag_from=PROPOSAL, writes=True, least=9
    ),  # somebody else proposed it
}
