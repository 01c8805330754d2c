"""Delivery of notices to webhooks: at least once, signed, with growing pauses, outside a transaction."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from app.core import time
from app.integrations.outward import ForbiddenTargetError, post
from app.models.notices.kinds import NOTICES
from app.models.notices.notices import Notice
from app.models.notices.webhooks import Webhook, WebhookDelivery
from app.repositories.notices.mailboxes import MailboxRepository
from app.repositories.notices.notices import NoticeRepository
from app.repositories.notices.webhooks import (
    DEAD,
    DELIVERED,
    PENDING,
    WebhookDeliveryRepository,
    WebhookRepository,
)
from app.security.crypto.webhook_signatures import signed_headers
from app.services.notices.mailboxes import schedule_mail
from app.services.notices.webhooks import (
    add_delivery,
    message_of,
    schedule_delivery,
    secrets_of,
    wants,
)
from app.services.platform.unit_of_work import UnitOfWork

SUCCESS = range(200, 300)
# The schedule that Standard Webhooks advises, about three days in all.
PAUSES = tuple(
    timedelta(**span)
    for span in (
        *({"seconds": 5}, {"minutes": 5}, {"minutes": 30}, {"hours": 2}, {"hours": 5}),
        *({"hours": 10}, {"hours": 14}, {"hours": 20}, {"hours": 24}),
    )
)


@dataclass(frozen=True, slots=True)
class Attempt:
    url: str
    body: str
    headers: dict[str, str]


async def fan_out(work: UnitOfWork, payload: dict[str, Any]) -> None:
    """Queue a notice for the webhooks and mailboxes of its unit, and for no other unit."""
    notice: Notice | None = await NoticeRepository(work.session).find(UUID(payload["notice_id"]))
    if notice is None:
        return
    webhooks = WebhookRepository(work.session)
    active = await webhooks.active_of(notice.unit_id)
    notified = await WebhookDeliveryRepository(work.session).notified_of(notice.id, [webhook.id for webhook in active])
    for webhook in active:
        if wants(webhook, notice.kind) and webhook.id not in notified:
            body = message_of(notice, await webhooks.next_sequence(webhook))
            await add_delivery(work, webhook, notice.kind, body, notice.id)
    for mailbox in await MailboxRepository(work.session).of_unit(notice.unit_id):
        await schedule_mail(work, mailbox, at_once=NOTICES[notice.kind].is_urgent)
    await work.flush()


async def deliver(work: UnitOfWork, payload: dict[str, Any]) -> None:
    """Attempt one delivery.

    The transaction ends before the request, so that a slow receiver blocks no lock. A crash between the request and
    its record sends the same message again under the same id.
    """
    delivery_id = UUID(payload["delivery_id"])
    attempt = await _attempt(work, delivery_id)
    await work.release()
    if attempt is None:
        return
    status = await _send(work, attempt)
    work.now = time.utc_now()
    delivery = await WebhookDeliveryRepository(work.session).get(delivery_id)
    webhook = await WebhookRepository(work.session).get(delivery.webhook_id)
    _record_result(webhook, delivery, status, work.now)
    await work.flush()
    if delivery.next_at is not None and webhook.state == "active":
        await schedule_delivery(work, delivery, delivery.next_at)


async def _attempt(work: UnitOfWork, delivery_id: UUID) -> Attempt | None:
    """The request to send; None if the delivery is finished or its webhook is not active."""
    delivery = await WebhookDeliveryRepository(work.session).find(delivery_id)
    if delivery is None or delivery.state != PENDING:
        return None
    webhook = await WebhookRepository(work.session).get(delivery.webhook_id)
    if webhook.state != "active":
        return None
    headers = signed_headers(str(delivery.id), time.utc_now(), delivery.body, secrets_of(work, webhook))
    return Attempt(webhook.url, delivery.body, headers)


async def _send(work: UnitOfWork, attempt: Attempt) -> int:
    settings = work.runtime.settings
    plain_allowed = settings.environment != "production"
    try:
        return await post(
            attempt.url, attempt.body, attempt.headers, settings.webhook_internal_hosts, plain_allowed=plain_allowed
        )
    except ForbiddenTargetError:
        return 0


def _record_result(webhook: Webhook, delivery: WebhookDelivery, status: int, now: datetime) -> None:
    delivery.attempts += 1
    delivery.last_status = status
    delivery.next_at = None
    if status in SUCCESS:
        delivery.state, delivery.delivered_at = DELIVERED, now
    elif status == HTTPStatus.GONE:
        # The delivery stays pending until the webhook is activated again.
        webhook.state = "disabled"
    elif delivery.attempts > len(PAUSES):
        delivery.state = DEAD
    else:
        pause = PAUSES[delivery.attempts - 1]
        delivery.next_at = now + pause * random.uniform(0.8, 1.2)  # noqa: S311 — no secret
