"""Grants and emergency accesses."""

from app.core.ids import case_code
from tests.isolation.operation import INCIDENT, Ids, On, Operation, fixed, on_case, soon
from tests.isolation.rule import LEADERS, WORKERS, Actor

ACCESS = "/api/v1/emergency-accesses/{access_id}"
UNKNOWN_CODE = case_code(2020)


def new_grant(_: Actor, ids: Ids) -> dict[str, object]:
    return {"grantee_unit_id": str(ids["bystander"]), "tier": 1, "reason": "thử", "expires_at": soon(days=1)}


OPERATIONS: dict[str, Operation] = {
    f"GET {INCIDENT}/grants": on_case(LEADERS),
    f"POST {INCIDENT}/grants": on_case(LEADERS, 201, new_grant, writes=True),
    f"DELETE {INCIDENT}/grants/{{grant_id}}": on_case(LEADERS, 204, writes=True),
    "POST /api/v1/emergency-accesses": Operation(
        On.NOTHING, WORKERS | {"homeroom_teacher"}, 404, fixed(code=UNKNOWN_CODE, reason="thử")
    ),
    f"GET {INCIDENT}/emergency-accesses": on_case(LEADERS, writes=True),  # reads, and only as the holder's line
    f"GET {ACCESS}": on_case(LEADERS, least=9),
    f"POST {ACCESS}/review": on_case(
        LEADERS, 200, fixed(is_justified=True, review="thử"), tag_from=ACCESS, writes=True, least=9
    ),
}
