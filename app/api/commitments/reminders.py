"""Reminders: fetched by a system that sends them and records their outcomes."""

from uuid import UUID

from fastapi import APIRouter, Depends

from app.api.commitments.rights import reader
from app.api.http.deps import Idempotent, May, WorkDep
from app.api.http.routing import NoRecord, Route
from app.schemas.commitments.reminders import (
    OutcomesIn,
    OutcomesOut,
    ReminderBatchIn,
    ReminderBatchOut,
    ReminderCountOut,
    ReminderOut,
)
from app.security.access.roles import Act, Resource
from app.services.commitments.reminder_senders import ReminderSenderService

router = APIRouter(prefix="/commitment-reminders", tags=["commitments"], route_class=Route)
sender = Depends(May(Act.UPDATE, Resource.COMMITMENT_REMINDER))


@router.post("/batches", dependencies=[sender, Idempotent, NoRecord])
async def fetch_commitment_reminders(body: ReminderBatchIn, work: WorkDep) -> ReminderBatchOut:
    """Fetch messages to send now, each once, for the caller's unit and those below it: empty at night.

    Who answered since the morning is left out. A message without an outcome comes again on another day.
    """
    messages, has_more = await ReminderSenderService(work).fetch(body.limit)
    items = [
        ReminderOut(id=each.reminder_id, telephone=each.to, text_vi=each.text_vi, text_en=each.text_en)
        for each in messages
    ]
    return ReminderBatchOut(items=items, has_more=has_more)


@router.post("/outcomes", dependencies=[sender, Idempotent, NoRecord])
async def record_commitment_reminder_outcomes(body: OutcomesIn, work: WorkDep) -> OutcomesOut:
    """Record the outcomes of messages, all of them or none. An outcome that is recorded already changes nothing.

    After `unreachable`, which the school sees, nothing is sent there until the school changes the number.
    """
    return OutcomesOut(recorded=await ReminderSenderService(work).record(body))


@router.get("/{campaign_id}", dependencies=[reader])
async def list_commitment_reminder_counts(campaign_id: UUID, work: WorkDep) -> list[ReminderCountOut]:
    """The number of the campaign's messages at the caller's school, by day, channel and state."""
    names = ("day", "channel", "state", "messages")
    found = await ReminderSenderService(work).counted(campaign_id)
    return [ReminderCountOut.model_validate(dict(zip(names, each, strict=True))) for each in found]
