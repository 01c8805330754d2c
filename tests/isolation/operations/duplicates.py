"""Merges and suggested duplicates."""

from tests.isolation.operation import CASE_READERS, INCIDENT, INTAKE, Ids, Operation, fixed, on_case
from tests.isolation.rule import READERS, WORKERS, Actor


def merge(_: Actor, ids: Ids) -> dict[str, object]:
    """With a tag that was never anybody's."""
    return {"incident_id": str(ids["absorbed_id"]), "etag": '"0.0"', "reason": "thử"}


OPERATIONS: dict[str, Operation] = {
    f"GET {INCIDENT}/merges": on_case(CASE_READERS),
    f"POST {INCIDENT}/merges": on_case(WORKERS, 412, merge, tag_from=INCIDENT, writes=True),
    f"POST {INCIDENT}/merges/{{merge_id}}/undo": on_case(
        WORKERS, 412, fixed(etag='"0.0"', reason="thử"), tag_from=INCIDENT, writes=True, least=9
    ),
    f"GET {INCIDENT}/similar": on_case(CASE_READERS),
    f"GET {INTAKE}/similar": on_case(READERS, least=9),
}
