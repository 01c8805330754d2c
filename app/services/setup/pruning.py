"""Pruning of expired idempotency keys, spent proofs, watched links, sessions, sealed refresh tokens, deliveries and
reminders."""

from datetime import timedelta

from app.repositories.accounts import SignInRepository
from app.repositories.commitments.reminders import CommitmentReminderRepository
from app.repositories.notices.webhooks import WebhookDeliveryRepository
from app.repositories.platform.requests import RequestRepository
from app.repositories.platform.watched_links import WatchedLinkRepository
from app.services.accounts.auth import FORGIVEN_AFTER, REPEATED_WITHIN
from app.services.platform.idempotency import LIFETIME
from app.services.platform.unit_of_work import UnitOfWork

DELIVERY_LIFETIME = timedelta(days=30)
# A campaign counts its messages to a guardian for as long as it lasts, which is within a school year.
REMINDER_LIFETIME = timedelta(days=400)


async def prune(work: UnitOfWork) -> None:
    """Delete expired rows; a session only after all its tokens expired."""
    await RequestRepository(work.session).forget_before(work.now - LIFETIME, work.now)
    await SignInRepository(work.session).forget_before(work.now, work.now - FORGIVEN_AFTER)
    await SignInRepository(work.session).forget_successors_before(work.now - REPEATED_WITHIN)
    await CommitmentReminderRepository(work.session).forget(work.today, work.today - REMINDER_LIFETIME)
    await WatchedLinkRepository(work.session).forget_before(work.now)
    await WebhookDeliveryRepository(work.session).forget_before(work.now - DELIVERY_LIFETIME)
