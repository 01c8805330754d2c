"""Intakes, their dialogue, and what is public of them."""

from tests.isolation import rule
from tests.isolation.operation import INTAKE, NARRATIVE, SYSTEMS, Ids, On, Operation, fixed, listing, on_case, public
from tests.isolation.rule import READERS, WORKERS, Actor

SEARCH = "/api/v1/intakes/informant-search"


def phone_search(_: Actor, ids: Ids) -> dict[str, object]:
    return {"phone": ids["phone"], "reason": "thử"}


def forwarding(_: Actor, ids: Ids) -> dict[str, object]:
    return {"unit_id": str(ids["receiver_id"]), "reason": "thử", "accuses_nobody": True}


OPERATIONS: dict[str, Operation] = {
    "GET /api/v1/intakes": listing(READERS),
    f"GET {INTAKE}": on_case(READERS, least=9),
    f"POST {SEARCH}": Operation(On.SEARCH, WORKERS, 201, phone_search, finds=rule.is_in_line),
    f"GET {SEARCH}/{{search_id}}": on_case(READERS, least=9),
    f"POST {INTAKE}/informant": on_case(WORKERS, 200, fixed(reason="thử"), writes=True, least=9),
    f"GET {INTAKE}/informant/openings": on_case(READERS, least=9),
    f"GET {INTAKE}/messages": on_case(READERS, least=9),
    f"POST {INTAKE}/messages": on_case(WORKERS, 201, fixed(text="thử"), writes=True, least=9),
    f"POST {INTAKE}/messages/read": on_case(WORKERS, 204, writes=True, least=9),
    f"GET {INTAKE}/forwardings": on_case(READERS, least=9),
    f"POST {INTAKE}/forwarding": on_case(WORKERS, 200, forwarding, writes=True, least=9),
    f"POST {INTAKE}/hand-back": on_case(WORKERS, 200, fixed(reason="thử"), writes=True, least=9),
    "GET /api/v1/intakes/counts": Operation(On.NOTHING, READERS),
    f"GET {INTAKE}/set-asides": on_case(READERS, least=9),
    f"POST {INTAKE}/set-asides": on_case(WORKERS, 201, fixed(reason="test", note="thử"), writes=True, least=9),
    f"POST {INTAKE}/set-asides/approval": on_case(WORKERS, 409, least=9),
    f"POST {INTAKE}/set-asides/undo": on_case(WORKERS, 409, fixed(reason="thử"), least=9),
    f"POST {INTAKE}/incident": on_case(WORKERS, 201, writes=True, least=9),
    f"POST {INTAKE}/link": on_case(
        WORKERS, 200, lambda _, ids: {"incident_id": str(ids["incident_id"])}, writes=True, least=9
    ),
    "POST /api/v1/intakes": Operation(
        On.UNIT,
        WORKERS | SYSTEMS | {"homeroom_teacher"},
        201,
        lambda _, ids: {"unit_id": str(ids["unit"]), "source_channel": "in_person", "narrative": NARRATIVE},
    ),
    "GET /api/v1/public/units": public(query="q=truong"),
    "GET /api/v1/public/challenge": public(),
    "POST /api/v1/public/intakes": public(201, fixed(narrative=NARRATIVE)),
    "POST /api/v1/public/receipts/status": public(404, fixed(receipt="khong co bien nhan nay")),
    "POST /api/v1/public/receipts/thread": public(404, fixed(receipt="khong co bien nhan nay")),
    "POST /api/v1/public/receipts/messages": public(404, fixed(receipt="khong co bien nhan nay", text=NARRATIVE)),
    "GET /.well-known/receipt-keys.json": public(),
}
