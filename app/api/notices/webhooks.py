"""Webhooks of units: registration, secrets, test message, delivery log, replay, preview."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends

from app.api.http.bodies import MERGE_PATCH
from app.api.http.deps import (
    Idempotent,
    IfMatch,
    May,
    PagingDep,
    WorkDep,
    check_tag,
    entity_tag,
)
from app.api.http.entity_tags import Tags
from app.api.http.filters import Several, several
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import NoRecord, Route, ShownOnce
from app.api.http.tags import tag
from app.models.notices.webhooks import Webhook
from app.schemas.base import ListOut
from app.schemas.notices.webhooks import (
    DeliveryOut,
    DeliveryState,
    MessageBodyOut,
    ReplayIn,
    ReplayOut,
    WebhookIn,
    WebhookOut,
    WebhookPatch,
    WebhookSecretOut,
)
from app.security.access.roles import Act, Resource
from app.services.notices.webhooks import WebhookService
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(
    prefix="/webhooks",
    tags=[
        tag("webhooks", "Where a unit's notices go outside this system: signed messages, and mail that names nothing")
    ],
    route_class=Route,
)
reader = Depends(May(Act.READ, Resource.WEBHOOK))
manager = Depends(May(Act.MANAGE, Resource.WEBHOOK))


def _tagged(webhook: Webhook, headers: RecordHeaders) -> WebhookOut:
    headers.tag(webhook.version)
    return WebhookOut.model_validate(webhook)


async def _matched(work: UnitOfWork, webhook_id: UUID, tag: Tags) -> Webhook:
    webhook = await WebhookService(work).get(webhook_id)
    check_tag(tag, entity_tag(webhook.version))
    return webhook


@router.get("", dependencies=[reader])
async def list_webhooks(paging: PagingDep, work: WorkDep) -> ListOut[WebhookOut]:
    """List webhooks of the caller's unit and its subordinates."""
    found = await WebhookService(work).page(paging.page)
    return paging.listed(found, WebhookOut.model_validate)


@router.post("", status_code=201, dependencies=[manager, Idempotent, ShownOnce])
async def create_webhook(body: WebhookIn, headers: Created, work: WorkDep) -> WebhookSecretOut:
    """Send a unit's notices to a public internet address; the signing secret is shown once."""
    webhook, secret = await WebhookService(work).create(body)
    headers.locate(f"/webhooks/{webhook.id}")
    return WebhookSecretOut(**_tagged(webhook, headers).model_dump(), secret=secret)


@router.get("/{webhook_id}", dependencies=[reader])
async def get_webhook(webhook_id: UUID, headers: Tagged, work: WorkDep) -> WebhookOut:
    """One webhook."""
    return _tagged(await WebhookService(work).get(webhook_id), headers)


@router.patch("/{webhook_id}", dependencies=[manager])
async def change_webhook(
    webhook_id: UUID,
    body: Annotated[WebhookPatch, Body(media_type=MERGE_PATCH)],
    tag: IfMatch,
    headers: Tagged,
    work: WorkDep,
) -> WebhookOut:
    """Change a webhook's address or kinds, pause it or resume it."""
    webhook = await _matched(work, webhook_id, tag)
    return _tagged(await WebhookService(work).change(webhook, body), headers)


@router.post("/{webhook_id}/secret", dependencies=[manager, ShownOnce])
async def replace_webhook_secret(webhook_id: UUID, tag: IfMatch, headers: Tagged, work: WorkDep) -> WebhookSecretOut:
    """Replace the secret, shown once; for a day both secrets sign."""
    webhook = await _matched(work, webhook_id, tag)
    secret = await WebhookService(work).replace_secret(webhook)
    return WebhookSecretOut(**_tagged(webhook, headers).model_dump(), secret=secret)


@router.post("/{webhook_id}/pings", status_code=201, dependencies=[manager, Idempotent])
async def ping_webhook(webhook_id: UUID, work: WorkDep) -> DeliveryOut:
    """Send a message without content, to test delivery."""
    service = WebhookService(work)
    return DeliveryOut.model_validate(await service.ping(await service.get(webhook_id)))


@router.get("/{webhook_id}/deliveries", dependencies=[reader])
async def list_webhook_deliveries(
    webhook_id: UUID,
    paging: PagingDep,
    work: WorkDep,
    state: Several[DeliveryState] = None,
) -> ListOut[DeliveryOut]:
    """List delivered, pending and abandoned (`dead`, after nine attempts) messages, newest first."""
    service = WebhookService(work)
    found = await service.log(await service.get(webhook_id), paging.page, state=several(state))
    return paging.listed(found, DeliveryOut.model_validate)


@router.post("/{webhook_id}/replay", dependencies=[manager, Idempotent, NoRecord])
async def replay_webhook(webhook_id: UUID, body: ReplayIn, work: WorkDep) -> ReplayOut:
    """Deliver everything since a time again, with the same ids, including abandoned messages."""
    service = WebhookService(work)
    return ReplayOut(count=await service.replay(await service.get(webhook_id), body.since))


@router.get("/{webhook_id}/preview", dependencies=[reader])
async def preview_webhook(webhook_id: UUID, work: WorkDep) -> list[MessageBodyOut]:
    """Preview the messages for the unit's latest notices, without ids. Nothing is sent."""
    service = WebhookService(work)
    return [MessageBodyOut.model_validate(each) for each in await service.preview(await service.get(webhook_id))]
