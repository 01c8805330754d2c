"""Queries of webhooks and their deliveries."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, select, update

from app.models.notices.notices import Notice
from app.models.notices.webhooks import Webhook, WebhookDelivery
from app.repositories.base import Repository

PENDING, DELIVERED, DEAD = "pending", "delivered", "dead"
MOST_AGAIN = 10_000


class WebhookRepository(Repository[Webhook]):
    model = Webhook

    async def active_of(self, unit_id: UUID) -> list[Webhook]:
        """Locked, so that each of their deliveries gets a number of its own."""
        query = self.select().where(Webhook.unit_id == unit_id, Webhook.state == "active").order_by(Webhook.id)
        return await self.rows(query.with_for_update())

    async def next_sequence(self, webhook: Webhook) -> int:
        """Counted in one statement, and past the version: no delivery makes a person's ETag stale."""
        counted = update(Webhook).where(Webhook.id == webhook.id).values(sequence=Webhook.sequence + 1)
        found = await self.session.execute(
            counted.returning(Webhook.sequence), execution_options={"synchronize_session": False}
        )
        return int(found.scalar_one())

    async def recent_notices(self, unit_id: UUID, count: int) -> list[Notice]:
        query = (
            select(Notice)
            .where(Notice.unit_id == unit_id, Notice.recipient_id.is_(None))
            .order_by(Notice.id.desc())
            .limit(count)
        )
        return await self.rows(query)


class WebhookDeliveryRepository(Repository[WebhookDelivery]):
    model = WebhookDelivery

    def of_webhook(self, webhook_id: UUID, *, state: tuple[str, ...]) -> Select[WebhookDelivery]:
        """All of them, or those in one of the states."""
        query = self.select().where(WebhookDelivery.webhook_id == webhook_id)
        return query.where(WebhookDelivery.state.in_(state)) if state else query

    async def notified_of(self, notice_id: UUID, webhook_ids: Collection[UUID]) -> set[UUID]:
        """Those of the webhooks that a notice has deliveries to."""
        query = select(WebhookDelivery.webhook_id).where(
            WebhookDelivery.webhook_id.in_(webhook_ids), WebhookDelivery.notice_id == notice_id
        )
        return set(await self.rows(query))

    async def forget_before(self, moment: datetime) -> None:
        """Delete finished deliveries; pending ones continue."""
        over = (WebhookDelivery.state != PENDING, WebhookDelivery.created_at < moment)
        await self.session.execute(delete(WebhookDelivery).where(*over))

    async def since(self, webhook_id: UUID, since: datetime, *, also_done: bool) -> list[WebhookDelivery]:
        """Deliveries created since a time: pending ones, or all including delivered and abandoned ones."""
        query = self.of_webhook(webhook_id, state=() if also_done else (PENDING,))
        query = query.where(WebhookDelivery.created_at >= since).order_by(WebhookDelivery.sequence).limit(MOST_AGAIN)
        return await self.rows(query)
