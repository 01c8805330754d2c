"""Notices, webhooks and mailboxes."""

from tests.isolation import rule
from tests.isolation.estates.notices import RECIPIENT
from tests.isolation.operation import MERGE, Ids, On, Operation, fixed, listing, on_case
from tests.isolation.rule import EVERYONE, READERS, WORKERS, Actor, Case

WEBHOOK = "/api/v1/webhooks/{webhook_id}"
PERSONAL = "/api/v1/personal-notices/{personal_notice_id}"
MAILBOX = "/api/v1/mailboxes/{mailbox_id}"


def new_webhook(_: Actor, ids: Ids) -> dict[str, object]:
    return {"unit_id": str(ids["unit"]), "url": "http://8.8.8.8/athd"}


def new_mailbox(_: Actor, ids: Ids) -> dict[str, object]:
    return {"unit_id": str(ids["unit"]), "address": "van.thu@mau.example"}


def is_recipient(actor: Actor, _: Case) -> bool:
    return actor.name == RECIPIENT


OPERATIONS: dict[str, Operation] = {
    "GET /api/v1/notices": listing(READERS | rule.PARTNERS),
    "GET /api/v1/notices/{notice_id}": on_case(READERS | rule.PARTNERS, reached=rule.is_of_holder),
    "POST /api/v1/notices/{notice_id}/read": on_case(WORKERS | {"partner"}, 200, reached=rule.is_of_holder),
    "GET /api/v1/personal-notices": listing(EVERYONE),
    f"GET {PERSONAL}": on_case(EVERYONE, reached=is_recipient),
    f"POST {PERSONAL}/read": on_case(EVERYONE, 200, reached=is_recipient),
    "GET /api/v1/webhooks": listing(rule.ADMINISTRATORS),
    "POST /api/v1/webhooks": Operation(On.UNIT, rule.ADMINISTRATORS, 201, new_webhook),
    f"GET {WEBHOOK}": Operation(On.ACCOUNT, rule.ADMINISTRATORS),
    f"PATCH {WEBHOOK}": Operation(
        On.ACCOUNT, rule.ADMINISTRATORS, 200, fixed(state="paused"), tag_from=WEBHOOK, media_type=MERGE
    ),
    f"POST {WEBHOOK}/secret": Operation(On.ACCOUNT, rule.ADMINISTRATORS, 200, tag_from=WEBHOOK),
    f"POST {WEBHOOK}/pings": Operation(On.ACCOUNT, rule.ADMINISTRATORS, 409),  # paused by the row above, or planted so
    f"GET {WEBHOOK}/deliveries": Operation(On.ACCOUNT, rule.ADMINISTRATORS),
    f"POST {WEBHOOK}/replay": Operation(On.ACCOUNT, rule.ADMINISTRATORS, 200, fixed(since="2020-01-01T00:00:00Z")),
    f"GET {WEBHOOK}/preview": Operation(On.ACCOUNT, rule.ADMINISTRATORS),
    "GET /api/v1/mailboxes": listing(rule.ADMINISTRATORS),
    "POST /api/v1/mailboxes": Operation(On.UNIT, rule.ADMINISTRATORS, 201, new_mailbox),
    f"GET {MAILBOX}": Operation(On.ACCOUNT, rule.ADMINISTRATORS),
    f"DELETE {MAILBOX}": Operation(On.ACCOUNT, rule.ADMINISTRATORS, 204, tag_from=MAILBOX, writes=True),
}
