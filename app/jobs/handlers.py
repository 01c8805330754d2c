"""Job handlers: a function that runs in the job's transaction, and the interval of recurring jobs."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from app.integrations.mail import MailError, MailRefusedError
from app.services.attachments import AttachmentService
from app.services.audit import has_unsealed_entries, seal_entries
from app.services.cases.escalations import escalate_overdue
from app.services.cases.learner_links import relink
from app.services.commitments.counters import recount
from app.services.commitments.editions import lacks_edition, make_editions
from app.services.commitments.in_step import follow_all_rolls, follow_rolls
from app.services.commitments.reminder_senders import mail_reminders
from app.services.commitments.reminders import plan_reminders, plan_school_reminders
from app.services.intakes.set_asides import announce_set_asides
from app.services.learners.settling import settle_transfers
from app.services.notices.deliveries import deliver, fan_out
from app.services.notices.mailboxes import PAUSES, send_mail
from app.services.notices.notices import announce_danger, announce_intakes, announce_messages
from app.services.notices.reminders import remind
from app.services.platform.jobs import JobKind
from app.services.platform.unit_of_work import UnitOfWork
from app.services.privacy.destructions import destroy_due
from app.services.privacy.key_rotation import keep_wrapped
from app.services.privacy.subject_requests import notify_overdue_requests
from app.services.referrals.follow_ups import notify_overdue_referrals
from app.services.reports.obligations.reminders import remind_of_reports
from app.services.setup.pruning import prune
from app.services.units import UnitService
from app.services.uploads.files import delete_upload_files
from app.services.uploads.runs import give_up_upload, run_upload


@dataclass(frozen=True, slots=True)
class Handler:
    run: Callable[[UnitOfWork, dict[str, Any]], Awaitable[object]]
    every: timedelta | None = None
    # Asked at each `every` whether there is anything to do: a look costs less than a run.
    needed: Callable[[UnitOfWork], Awaitable[bool]] | None = None
    # Between the attempts, give or take a tenth; without them they double up to an hour, for eight attempts.
    pauses: tuple[timedelta, ...] = ()
    # Errors that another attempt would meet again.
    hopeless: tuple[type[Exception], ...] = ()
    # Errors that leave the transaction whole: what it wrote and the next attempt are committed as one.
    recorded: tuple[type[Exception], ...] = ()
    # What follows for the record where no attempt helps, in the transaction that gives the job up.
    given_up: Callable[[UnitOfWork, dict[str, Any]], Awaitable[object]] | None = None


async def _escalate(work: UnitOfWork, _: dict[str, Any]) -> None:
    await escalate_overdue(work)
    await notify_overdue_referrals(work)


async def _settle(work: UnitOfWork, _: dict[str, Any]) -> None:
    await UnitService(work).settle()


async def _prune(work: UnitOfWork, _: dict[str, Any]) -> None:
    await prune(work)


async def _seal(work: UnitOfWork, _: dict[str, Any]) -> None:
    await seal_entries(work)


async def _sweep(work: UnitOfWork, _: dict[str, Any]) -> None:
    await AttachmentService(work).sweep()


async def _rewrap(work: UnitOfWork, _: dict[str, Any]) -> None:
    await keep_wrapped(work)


async def _destroy(work: UnitOfWork, _: dict[str, Any]) -> None:
    await destroy_due(work)


async def _subject_requests(work: UnitOfWork, _: dict[str, Any]) -> None:
    await notify_overdue_requests(work)


async def _settle_transfers(work: UnitOfWork, payload: dict[str, Any]) -> None:
    for joined in await settle_transfers(work, payload):
        await relink(work, joined.former, joined.child)


LOCAL: Mapping[str, Handler] = MappingProxyType(
    {
        JobKind.ESCALATE: Handler(_escalate, timedelta(seconds=5)),
        JobKind.SETTLE_UNITS: Handler(_settle, timedelta(minutes=10)),
        JobKind.PRUNE: Handler(_prune, timedelta(hours=6)),
        JobKind.SEAL_AUDIT: Handler(_seal, timedelta(seconds=1), has_unsealed_entries),
        JobKind.SWEEP_FILES: Handler(_sweep, timedelta(hours=24)),
        JobKind.REWRAP: Handler(_rewrap, timedelta(seconds=30)),
        JobKind.FAN_OUT: Handler(fan_out),
        JobKind.ANNOUNCE_MESSAGES: Handler(announce_messages),
        JobKind.ANNOUNCE_DANGER: Handler(announce_danger),
        JobKind.DESTROY_DUE: Handler(_destroy, timedelta(minutes=10)),
        JobKind.SUBJECT_REQUESTS: Handler(_subject_requests, timedelta(minutes=1)),
        JobKind.REMIND: Handler(remind, timedelta(minutes=10)),
        JobKind.REMIND_OF_REPORTS: Handler(remind_of_reports, timedelta(minutes=10)),
        JobKind.ANNOUNCE_INTAKES: Handler(announce_intakes),
        JobKind.ANNOUNCE_SET_ASIDES: Handler(announce_set_asides),
        JobKind.PLAN_REMINDERS: Handler(plan_reminders, timedelta(minutes=10)),
        JobKind.FOLLOW_ALL_ROLLS: Handler(follow_all_rolls, timedelta(hours=24)),
        JobKind.DELETE_UPLOAD_FILES: Handler(delete_upload_files, timedelta(hours=1)),
        JobKind.MAKE_EDITIONS: Handler(make_editions, timedelta(minutes=10), lacks_edition),
        JobKind.RECOUNT_COMMITMENTS: Handler(recount, timedelta(hours=24)),
        JobKind.SETTLE_TRANSFERS: Handler(_settle_transfers, timedelta(minutes=10)),
    }
)
# Files with many rows run in a lane of their own, so that none of them delays a clock.
UPLOADS: Mapping[str, Handler] = MappingProxyType({JobKind.UPLOAD: Handler(run_upload, given_up=give_up_upload)})
# Jobs that change thousands of rows of a school have another lane, so that no uploaded file delays them.
ROLLS: Mapping[str, Handler] = MappingProxyType(
    {
        JobKind.FOLLOW_ROLLS: Handler(follow_rolls),
        JobKind.PLAN_SCHOOL_REMINDERS: Handler(plan_school_reminders),
    }
)
# Jobs that wait for other machines run in their own lane, so that a slow receiver delays no clock.
NETWORK: Mapping[str, Handler] = MappingProxyType(
    {
        JobKind.DELIVER_WEBHOOK: Handler(deliver),
        JobKind.MAIL_REMINDERS: Handler(mail_reminders, timedelta(seconds=10)),
        JobKind.SEND_MAIL: Handler(send_mail, pauses=PAUSES, hopeless=(MailRefusedError,), recorded=(MailError,)),
    }
)
HANDLERS: Mapping[str, Handler] = MappingProxyType({**LOCAL, **UPLOADS, **ROLLS, **NETWORK})
