"""Webhooks: registration, secret rotation, ping, replay and preview."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.ids import new_id
from app.core.paging import Page, PageRequest
from app.core.problems import Problem, invalid
from app.integrations.outward import ForbiddenTargetError, MalformedTargetError, checked
from app.models.notices.notices import Notice
from app.models.notices.webhooks import Webhook, WebhookDelivery
from app.repositories.notices.webhooks import PENDING, WebhookDeliveryRepository, WebhookRepository
from app.repositories.units import UnitRepository
from app.schemas.notices.flow import WEBHOOK_FLOW
from app.schemas.notices.webhooks import WebhookIn, WebhookPatch
from app.security.access.elevation import ElevationReason
from app.security.crypto.webhook_signatures import new_secret
from app.services.platform.jobs import JobKind, enqueue
from app.services.platform.scoping import own_unit
from app.services.platform.unit_of_work import UnitOfWork

OVERLAP = timedelta(hours=24)
PREVIEWED = 20
LONGEST_PAST = timedelta(days=-366)
PING = "ping"
WITHHELD = ("notice_id", "incident_id")


class WebhookService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.webhooks = WebhookRepository(work.session)
        self.deliveries = WebhookDeliveryRepository(work.session)

    async def page(self, page: PageRequest) -> Page[Webhook]:
        return await self.webhooks.page(self.webhooks.select(), page)

    async def get(self, webhook_id: UUID) -> Webhook:
        return await self.webhooks.get(webhook_id)

    async def create(self, data: WebhookIn) -> tuple[Webhook, str]:
        """A webhook and its secret, shown once. Raises `invalid` (422) for an internal address."""
        await self.work.release()
        await self._check_target(data.url)
        unit = await own_unit(UnitRepository(self.work.session), self.work, data.unit_id)
        secret, key = new_secret(), new_id()
        webhook = Webhook(
            id=key,
            unit_id=unit.id,
            org_path=unit.org_path,
            url=data.url,
            kinds=sorted(set(data.kinds)),
            secret_sealed=self.work.runtime.sealer.seal(secret, _aad(key)),
            created_at=self.work.now,
            created_by=self.work.actor.id,
        )
        self.webhooks.add(webhook)
        await self.work.flush()
        return webhook, secret

    async def change(self, webhook: Webhook, patch: WebhookPatch) -> Webhook:
        """Apply a merge-patch. `state: active` re-enables a webhook that its receiver disabled."""
        if patch.url is not None:
            await self.work.release()
            await self._check_target(patch.url)
        for name in patch.model_fields_set:
            setattr(webhook, name, getattr(patch, name))
        if webhook.state == "active":
            await self._requeue(webhook, self.work.now + LONGEST_PAST)
        await self.work.flush()
        return webhook

    async def replace_secret(self, webhook: Webhook) -> str:
        """A new secret, shown once; both secrets sign for one day."""
        secret = new_secret()
        webhook.former_secret_sealed, webhook.former_until = webhook.secret_sealed, self.work.now + OVERLAP
        webhook.secret_sealed = self.work.runtime.sealer.seal(secret, _aad(webhook.id))
        await self.work.flush()
        return secret

    async def ping(self, webhook: Webhook) -> WebhookDelivery:
        """Send a message without content. Raises `wrong_state` (409) if the webhook is paused or disabled."""
        WEBHOOK_FLOW.step(webhook.state, "ping")
        sequence = await self.webhooks.next_sequence(webhook)
        body = {"type": PING, "timestamp": self.work.now.isoformat(), "data": {"sequence": sequence}}
        delivery = await add_delivery(self.work, webhook, PING, body, None)
        await self.work.flush()
        return delivery

    async def log(self, webhook: Webhook, page: PageRequest, *, state: tuple[str, ...]) -> Page[WebhookDelivery]:
        return await self.deliveries.page(self.deliveries.of_webhook(webhook.id, state=state), page)

    async def replay(self, webhook: Webhook, since: datetime) -> int:
        """Deliver everything since a time again and return the count; receivers deduplicate by id."""
        return await self._requeue(webhook, since, also_done=True)

    async def preview(self, webhook: Webhook) -> list[dict[str, Any]]:
        """The messages that the last notices of the unit would produce; nothing is sent.

        Ids are omitted, because an administrator has no access to cases.
        """
        async with self.work.elevated(ElevationReason.NOTICE_PREVIEW):
            notices = await self.webhooks.recent_notices(webhook.unit_id, PREVIEWED)
        messages = [message_of(notice, webhook.sequence) for notice in notices if wants(webhook, notice.kind)]
        return [message | {"data": message["data"] | dict.fromkeys(WITHHELD)} for message in messages]

    async def _requeue(self, webhook: Webhook, since: datetime, *, also_done: bool = False) -> int:
        deliveries = await self.deliveries.since(webhook.id, since, also_done=also_done)
        for delivery in deliveries:
            delivery.state, delivery.attempts, delivery.next_at = PENDING, 0, self.work.now
            await schedule_delivery(self.work, delivery, self.work.now)
        await self.work.flush()
        return len(deliveries)

    async def _check_target(self, url: str) -> None:
        """Resolve and check an address; call it without a database connection. Raises `invalid` (422)."""
        settings = self.work.runtime.settings
        try:
            await checked(url, settings.webhook_internal_hosts, plain_allowed=settings.environment != "production")
        except MalformedTargetError:
            raise _malformed_target() from None
        except ForbiddenTargetError:
            raise _forbidden_target() from None


def _malformed_target() -> Problem:
    return invalid(
        "/url",
        "malformed_target",
        "Địa chỉ phải là https, không kèm tên hay mật khẩu",
        "The address must be https, without a user name or password",
    )


def _forbidden_target() -> Problem:
    return invalid(
        "/url",
        "forbidden_target",
        "Tên không phân giải được, hoặc dẫn vào mạng nội bộ",
        "The address does not resolve, or leads inside",
    )


def wants(webhook: Webhook, kind: str) -> bool:
    return not webhook.kinds or kind in webhook.kinds


def message_of(notice: Notice, sequence: int) -> dict[str, Any]:
    """A thin message of kind, time and ids; not even the code of an incident leaves the system."""
    incident_id = str(notice.incident_id) if notice.incident_id else None
    data = {"notice_id": str(notice.id), "unit_id": str(notice.unit_id), "incident_id": incident_id}
    return {
        "type": f"notice.{notice.kind}",
        "timestamp": notice.told_at.isoformat(),
        "data": data | {"sequence": sequence},
    }


async def add_delivery(
    work: UnitOfWork, webhook: Webhook, kind: str, body: dict[str, Any], notice_id: UUID | None
) -> WebhookDelivery:
    """Add a delivery and its job in the transaction of the cause."""
    delivery = WebhookDelivery(
        webhook_id=webhook.id,
        org_path=webhook.org_path,
        notice_id=notice_id,
        sequence=body["data"]["sequence"],
        kind=kind,
        body=json.dumps(body, sort_keys=True, separators=(",", ":")),
        next_at=work.now,
        created_at=work.now,
    )
    work.session.add(delivery)
    await schedule_delivery(work, delivery, work.now)
    return delivery


async def schedule_delivery(work: UnitOfWork, delivery: WebhookDelivery, at: datetime) -> None:
    """Queue one attempt of a delivery; each attempt has its own job key."""
    key = f"{delivery.id}:{delivery.attempts}:{at.isoformat()}"
    await enqueue(work, JobKind.DELIVER_WEBHOOK, key, {"delivery_id": str(delivery.id)}, at)


def secrets_of(work: UnitOfWork, webhook: Webhook) -> Iterable[str]:
    """The current secret, and the former one until its overlap ends."""
    yield work.runtime.sealer.open(webhook.secret_sealed, _aad(webhook.id))
    if webhook.former_secret_sealed and webhook.former_until and work.now < webhook.former_until:
        yield work.runtime.sealer.open(webhook.former_secret_sealed, _aad(webhook.id))


def _aad(webhook_id: UUID) -> str:
    return f"webhook:{webhook_id}|secret"
