"""Referrals, follow-ups and reconciliation."""

from tests.isolation import rule
from tests.isolation.operation import (
    INCIDENT,
    MONTH,
    REFERRAL_READERS,
    SYSTEMS,
    THIS_MONTH,
    Ids,
    Operation,
    fixed,
    listing,
    on_case,
    soon,
)
from tests.isolation.rule import WORKERS, Actor

REFERRAL = "/api/v1/referrals/{referral_id}"


def new_referral(_: Actor, ids: Ids) -> dict[str, object]:
    return {"hotline_id": str(ids["hotline"]), "channel": "phone", "made_at": soon(hours=-1)}


def follow_up(_: Actor, __: Ids) -> dict[str, object]:
    return {"followed_up_at": soon(minutes=-1), "channel": "phone", "result": "no_answer"}


OPERATIONS: dict[str, Operation] = {
    f"POST {INCIDENT}/referrals": on_case(WORKERS | SYSTEMS, 201, new_referral, writes=True),
    "GET /api/v1/referrals": listing(REFERRAL_READERS),
    "GET /api/v1/referrals/overdue": listing(REFERRAL_READERS),
    "GET /api/v1/referrals/reconciliation": listing(REFERRAL_READERS, THIS_MONTH),
    "GET /api/v1/referrals/reconciliation.csv": listing(REFERRAL_READERS, MONTH),
    f"POST {REFERRAL}/answers": on_case(
        rule.PARTNERS, 403, fixed(action="acknowledge"), tag_from=REFERRAL, least=2
    ),  # none was handed to an agency
    f"GET {REFERRAL}/follow-ups": on_case(REFERRAL_READERS, least=2),
    f"POST {REFERRAL}/follow-ups": on_case(WORKERS, 201, follow_up, writes=True, least=2),
    f"GET {REFERRAL}": on_case(REFERRAL_READERS, least=2),
    f"GET {REFERRAL}/handover-sheet": on_case(REFERRAL_READERS, least=2, shown=3),
    f"POST {REFERRAL}/transitions": on_case(
        WORKERS, 200, fixed(action="acknowledge"), tag_from=REFERRAL, writes=True, least=2
    ),
}
