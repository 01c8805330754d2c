"""Forgetting what requests left behind: answers to repeated keys, spent proofs, ended sessions, old deliveries."""

from datetime import timedelta

from app.repositories.accounts import SignInRepository
from app.repositories.notices.webhooks import WebhookDeliveryRepository
from app.repositories.platform.requests import RequestRepository
from app.services.accounts.auth import FORGIVEN_AFTER
from app.services.platform.idempotency import LIFETIME
from app.services.platform.unit_of_work import UnitOfWork

DELIVERIES_KEPT = timedelta(days=30)


async def prune(work: UnitOfWork) -> None:
    """Delete in the unit of work what has lost its use. A session goes only when no token of it can come back."""
    await RequestRepository(work.session).forget_before(work.now - LIFETIME, work.now)
    await SignInRepository(work.session).forget_before(work.now, work.now - FORGIVEN_AFTER)
    await WebhookDeliveryRepository(work.session).forget_before(work.now - DELIVERIES_KEPT)
