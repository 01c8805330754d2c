"""Putting work off: written in the transaction of what causes it, done by a worker (app/jobs) once that is there."""

from datetime import datetime
from enum import StrEnum

from app.repositories.platform.jobs import JobRepository
from app.services.platform.unit_of_work import Work


class JobKind(StrEnum):
    ESCALATE = "escalate"
    SETTLE_UNITS = "settle_units"
    PRUNE = "prune"
    SWEEP_FILES = "sweep_files"
    REWRAP = "rewrap"
    SEAL_AUDIT = "seal_audit"
    FAN_OUT = "fan_out"
    DELIVER_WEBHOOK = "deliver_webhook"
    SEND_MAIL = "send_mail"
    ANNOUNCE_MESSAGES = "announce_messages"
    DESTROY_DUE = "destroy_due"
    SUBJECT_REQUESTS = "subject_requests"
    ANNOUNCE_INTAKES = "announce_intakes"


async def enqueue(work: Work, kind: JobKind, key: str, payload: dict[str, object], at: datetime | None = None) -> None:
    """Have the job done at a moment, or as soon as can be. One of the same key waits at a time: a flood is one job."""
    await JobRepository(work.session).put(kind, f"{kind}:{key}", payload, at or work.now, work.now)
