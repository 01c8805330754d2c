"""Senders of reminders: a system that fetches them and records their outcomes, and the product's own mail."""

import asyncio
from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from app.core import time
from app.core.problems import INVALID, FieldFault, fault
from app.integrations.mail import MailError, MailRefusedError, send
from app.models.commitments.reminders import CommitmentReminder
from app.repositories.commitments.reminders import CommitmentReminderRepository
from app.schemas.commitments.reminders import REMINDER_FLOW, OutcomesIn
from app.security.access.elevation import ElevationReason
from app.security.access.scope import EVERYTHING, Range
from app.services.commitments.campaigns import CampaignService
from app.services.commitments.reminder_texts import SUBJECT
from app.services.commitments.reminders import Message, ReminderService
from app.services.learners.rolls import rolls_changed
from app.services.platform.unit_of_work import UnitOfWork

# Sent at once: they end well within the lease of a job.
MAILS: Final = 20


class ReminderSenderService:
    """For a system of a unit: the reminders of the unit and of those below it, by telephone."""

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.reminders = CommitmentReminderRepository(work.session)

    async def fetch(self, limit: int) -> tuple[list[Message], bool]:
        """What is to be sent now, each once. At night it is nothing."""
        within = Range.under(self.work.actor.org_path)
        async with self.work.elevated(ElevationReason.COMMITMENT_REMINDERS):
            found = await ReminderService(self.work).fetch(within, "sms", limit)
        self.work.audit_action("commitment_reminders_fetched", self.work.actor.unit_id)
        return found

    async def record(self, data: OutcomesIn) -> int:
        """Record the outcomes of messages, all or none. Returns how many were not recorded before.

        Raises `invalid` (422) with every message that is not of the caller's units or has another outcome.
        """
        within = Range.under(self.work.actor.org_path)
        async with self.work.elevated(ElevationReason.COMMITMENT_REMINDERS):
            known = await self.reminders.named([each.reminder_id for each in data.outcomes], within, "sms")
            found = (_fault(at, known.get(each.reminder_id), each.outcome) for at, each in enumerate(data.outcomes))
            if faults := [each for each in found if each is not None]:
                raise INVALID(faults=faults)
            recorded = 0
            for each in data.outcomes:
                recorded += _end(self.work, known[each.reminder_id], each.outcome, each.failure)
            keys = [known[each.reminder_id].guardian_key for each in data.outcomes if each.outcome == "unreachable"]
            await lose_contact(self.work, keys, "sms", within)
            await self.work.flush()
        return recorded

    async def counted(self, campaign_id: UUID) -> list[tuple[Any, ...]]:
        """The messages of the caller's own unit. Raises `not_found` (404)."""
        campaign = await CampaignService(self.work).get(campaign_id)
        return [*await self.reminders.counted(campaign.id, self.work.actor.unit_id)]


def _fault(at: int, row: CommitmentReminder | None, outcome: str) -> FieldFault | None:
    if row is None:
        return fault(f"/outcomes/{at}", "unknown_record", "Không có tin nhắc này", "There is no such reminder")
    if row.state == outcome or REMINDER_FLOW.leads(row.state, outcome):
        return None
    text = ("Tin nhắc đang ở trạng thái khác", "The reminder is in another state")
    return fault(f"/outcomes/{at}", "contradicts", *text)


def _end(work: UnitOfWork, row: CommitmentReminder, outcome: str, failure: str | None) -> bool:
    if row.state == outcome:
        return False
    if not REMINDER_FLOW.leads(row.state, outcome):
        raise REMINDER_FLOW.refusal(row.state)
    row.state, row.failure, row.ended_at = outcome, failure, work.now
    return True


async def lose_contact(work: UnitOfWork, keys: Collection[str], channel: str, within: Range) -> None:
    """Mark a telephone or address as one that nothing arrives at, for the schools that its sender sends for.

    Otherwise a school could silence a number at all other schools by entering it.
    """
    if not keys:
        return
    reminders = CommitmentReminderRepository(work.session)
    guardians = await reminders.with_contact(keys, channel, within)
    for guardian in guardians:
        guardian.unreachable_since = work.now
    for unit_id in await reminders.units_of({each.learner_id for each in guardians}):
        await rolls_changed(work, unit_id)


async def mail_reminders(work: UnitOfWork, _: dict[str, Any]) -> None:
    """For the worker: send some of what waits by mail.

    They are recorded as fetched before, so that a crash sends none twice.
    """
    if work.runtime.settings.smtp_host is None:
        return
    messages, _more = await ReminderService(work).fetch(EVERYTHING, "mail", MAILS)
    await work.release()
    if not messages:
        return
    outcomes = await asyncio.gather(*(_mailed(work, message) for message in messages))
    work.now = time.utc_now()
    reminders = CommitmentReminderRepository(work.session)
    known = await reminders.named([message.reminder_id for message in messages], EVERYTHING, "mail")
    lost = []
    for message, outcome in zip(messages, outcomes, strict=True):
        row = known[message.reminder_id]
        _end(work, row, outcome, None)
        if outcome == "unreachable":
            lost.append(row.guardian_id)
    await lose_mail(work, lost)
    await work.flush()


async def lose_mail(work: UnitOfWork, guardian_ids: Collection[UUID]) -> None:
    """As `lose_contact`, for addresses, which are not always the key of the message."""
    found = await CommitmentReminderRepository(work.session).guardians(guardian_ids) if guardian_ids else {}
    keys = {each.email_index for each in found.values() if each.email_index is not None}
    await lose_contact(work, keys, "mail", EVERYTHING)


async def _mailed(work: UnitOfWork, message: Message) -> str:
    text = f"{message.text_vi}\n\n{message.text_en}\n"
    try:
        await send(work.runtime.settings, message.to, SUBJECT, text)
    except MailRefusedError:
        return "unreachable"
    except MailError:
        return "failed"
    return "sent"
