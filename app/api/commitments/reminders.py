"""Reminders: fetched by a system that sends them, which says what became of each."""

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
    """Say what became of messages: all of them, or none. One that is recorded alike already changes nothing.

    After `unreachable`, nothing is sent there until the school changes the number, and the school sees it.
    """
    return OutcomesOut(recorded=await ReminderSenderService(work).record(body))


@router.get("/{campaign_id}", dependencies=[reader])
async def list_commitment_reminder_counts(campaign_id: UUID, work: WorkDep) -> list[ReminderCountOut]:
    """How many messages of a campaign the caller's school has in which state, by day."""
    names = ("day", "channel", "state", "messages")
    found = await ReminderSenderService(work).counted(campaign_id)
    return [ReminderCountOut.model_validate(dict(zip(names, each, strict=True))) for each in found]
