"""Mailboxes: one short mail per pause with the number of unread notices and no content."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from app.core import time
from app.core.ids import new_id
from app.core.paging import Page, PageRequest
from app.integrations.mail import MailError, send
from app.models.notices.mailboxes import Mailbox
from app.reference.tables import rows
from app.repositories.notices.mailboxes import MailboxRepository
from app.repositories.units import UnitRepository
from app.schemas.notices.mailboxes import MailboxIn
from app.services.platform.jobs import JobKind, enqueue, is_running, joins_waiting
from app.services.platform.scoping import own_unit
from app.services.platform.unit_of_work import UnitOfWork

SUBJECT = "An Toàn Học Đường: có việc đang chờ · something waits"
REMINDER = "An Toàn Học Đường: vẫn còn việc đang chờ · something still waits"
# What waits for a unit (the repository's keys), as its reminder says it.
WAITING = {
    "notices": "Thông báo chưa đọc · unread notices",
    "intakes": "Tin báo chưa tiếp nhận · intakes that nobody took up",
    "messages": "Tin nhắn chưa đọc của người báo tin · unread messages of reporters",
    "escalations": "Việc chuyển lên chưa trả lời · escalations without an answer",
}
# At least 57 hours in all, where each is a tenth shorter: a receiver that greylists, or is away over a weekend.
PAUSES = tuple(
    timedelta(**span)
    for span in (
        *({"seconds": 30}, {"minutes": 5}, {"minutes": 15}, {"minutes": 30}, {"hours": 1}, {"hours": 2}),
        *({"hours": 4}, {"hours": 8}, {"hours": 12}, {"hours": 16}, {"hours": 20}),
    )
)
# By then a mail that is being sent is sent, or was refused and gives way.
AFTER_ANOTHER = timedelta(seconds=30)


class MailboxService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.mailboxes = MailboxRepository(work.session)

    async def page(self, page: PageRequest) -> Page[Mailbox]:
        mailboxes = await self.mailboxes.page(self.mailboxes.select(), page)
        self.work.audit_view(mailboxes.items)
        return mailboxes

    async def get(self, mailbox_id: UUID) -> Mailbox:
        mailbox = await self.mailboxes.get(mailbox_id)
        self.work.audit_view([mailbox])
        return mailbox

    async def create(self, data: MailboxIn) -> Mailbox:
        unit = await own_unit(UnitRepository(self.work.session), self.work, data.unit_id)
        key = new_id()
        mailbox = Mailbox(
            id=key,
            unit_id=unit.id,
            org_path=unit.org_path,
            address_sealed=self.work.runtime.sealer.seal(data.address, _aad(key)),
            every_minutes=data.every_minutes,
            created_at=self.work.now,
            created_by=self.work.actor.id,
        )
        self.mailboxes.add(mailbox)
        await self.work.flush()
        return mailbox

    async def remove(self, mailbox: Mailbox) -> None:
        await self.work.session.delete(mailbox)
        await self.work.flush()


def address_of(work: UnitOfWork, mailbox: Mailbox) -> str:
    return work.runtime.sealer.open(mailbox.address_sealed, _aad(mailbox.id))


async def schedule_mail(
    work: UnitOfWork, mailbox: Mailbox, *, at_once: bool = False, is_reminder: bool = False
) -> None:
    """Schedule one mail, at once or after the pause since the last one, unless one waits or is tried again."""
    if await MailboxRepository(work.session).locked(mailbox.id) is None:
        return  # Removed meanwhile.
    pause = timedelta(minutes=mailbox.every_minutes)
    at = max(work.now, mailbox.sent_at + pause) if mailbox.sent_at and not at_once else work.now
    asked: dict[str, object] = {"asked_at": work.now.isoformat()}
    if await joins_waiting(work, JobKind.SEND_MAIL, f"{mailbox.id}:", asked, at_once=at_once):
        return
    if await is_running(work, JobKind.SEND_MAIL, f"{mailbox.id}:"):
        at = max(at, work.now + AFTER_ANOTHER)
    # A running job keeps its key, so later notices are queued under the next version.
    key = f"{mailbox.id}:{mailbox.version}{':now' if at_once else ''}"
    payload = {"mailbox_id": str(mailbox.id), "is_reminder": is_reminder, **asked}
    await enqueue(work, JobKind.SEND_MAIL, key, payload, at)


async def send_mail(work: UnitOfWork, payload: dict[str, Any]) -> None:
    """Send a mailbox the number of what waits for its unit, without any name, code or text of a case.

    Raises MailError if the server refuses it, and the job retries; MailRefusedError if it would refuse it again. The
    sending is recorded first: a lost mail is harmless, repeated mails are a flood.
    """
    if work.runtime.settings.smtp_host is None:
        return
    mailbox = await MailboxRepository(work.session).locked(UUID(payload["mailbox_id"]))
    if mailbox is None:
        return
    if mailbox.sent_at is not None and mailbox.sent_at > datetime.fromisoformat(payload["asked_at"]):
        return  # That mail said it.
    message = await (_reminder if payload["is_reminder"] else _news)(work, mailbox)
    if message is None:
        return
    key, to, before = mailbox.id, address_of(work, mailbox), mailbox.sent_at
    recorded = mailbox.sent_at = work.now
    await work.release()
    try:
        await send(work.runtime.settings, to, *message)
    except MailError:
        work.now = time.utc_now()
        mailbox = await MailboxRepository(work.session).locked(key)
        if mailbox is not None and mailbox.sent_at == recorded:
            mailbox.sent_at = before
        # A mail that was asked for meanwhile says all that this one does: two would come after an outage.
        if not await joins_waiting(work, JobKind.SEND_MAIL, f"{key}:", {}):
            raise


async def _news(work: UnitOfWork, mailbox: Mailbox) -> tuple[str, str] | None:
    """Subject and text about unread notices, if there are any."""
    counts = await MailboxRepository(work.session).unread(mailbox.unit_id)
    if not counts:
        return None
    origin, total = work.runtime.settings.origin, sum(counts.values())
    head = [f"Có {total} thông báo chưa đọc. Hãy đăng nhập {origin} để xem.", f"{total} notices wait at {origin}.", ""]
    # A newer release may have written kinds that this one does not know.
    labels = _labels()
    return SUBJECT, _text(head, {labels.get(kind, kind): count for kind, count in counts.items()})


async def _reminder(work: UnitOfWork, mailbox: Mailbox) -> tuple[str, str] | None:
    """Subject and text about all that still waits, if anything does."""
    async with work.without_pending():
        counts = await MailboxRepository(work.session).waiting(mailbox.unit_id)
    if not counts:
        return None
    origin = work.runtime.settings.origin
    head = [f"Vẫn còn việc đang chờ đơn vị. Hãy đăng nhập {origin} để xem.", f"Something still waits at {origin}.", ""]
    return REMINDER, _text(head, {WAITING[kind]: count for kind, count in counts.items()})


@cache
def _labels() -> dict[str, str]:
    """What officers call each kind of notice, as the list of their notices does."""
    found = (row for row in rows("labels") if row["set"] == "notice_kind")
    return {row["code"]: f"{row['label_vi']} · {row['label_en']}" for row in found}


def _text(head: list[str], counts: dict[str, int]) -> str:
    return "\n".join([*head, *(f"  {kind}: {count}" for kind, count in counts.items()), ""])


def _aad(mailbox_id: UUID) -> str:
    return f"mailbox:{mailbox_id}|address"
