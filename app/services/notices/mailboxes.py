"""Mailboxes: one short mail per pause with the number of unread notices and no content."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core.ids import new_id
from app.core.paging import Page, PageRequest
from app.integrations.mail import send
from app.models.notices.mailboxes import Mailbox
from app.repositories.notices.mailboxes import MailboxRepository
from app.repositories.units import UnitRepository
from app.schemas.notices.mailboxes import MailboxIn
from app.services.platform.jobs import JobKind, enqueue
from app.services.platform.scoping import own_unit
from app.services.platform.unit_of_work import UnitOfWork

SUBJECT = "An Toàn Học Đường: có việc đang chờ · something waits"


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


async def schedule_mail(work: UnitOfWork, mailbox: Mailbox, *, at_once: bool) -> None:
    """Schedule one mail, at once or after the pause since the last one."""
    pause = timedelta(minutes=mailbox.every_minutes)
    at = max(work.now, mailbox.sent_at + pause) if mailbox.sent_at and not at_once else work.now
    # A running job keeps its key, so later notices are queued under the next version.
    key = f"{mailbox.id}:{mailbox.version}{':now' if at_once else ''}"
    await enqueue(work, JobKind.SEND_MAIL, key, {"mailbox_id": str(mailbox.id)}, at)


async def send_mail(work: UnitOfWork, payload: dict[str, Any]) -> None:
    """Send a mailbox the number of unread notices of its unit, without any name, code or text of a case.

    Raises MailError if the server refuses it, and the job retries. The sending is recorded first: a lost mail is
    harmless, repeated mails are a flood.
    """
    mailbox = await MailboxRepository(work.session).find(UUID(payload["mailbox_id"]))
    if mailbox is None or work.runtime.settings.smtp_host is None:
        return
    counts = await MailboxRepository(work.session).unread(mailbox.unit_id)
    if not counts:
        return
    to, text = address_of(work, mailbox), _text(counts, work.runtime.settings.origin)
    mailbox.sent_at = work.now
    await work.release()
    await send(work.runtime.settings, to, SUBJECT, text)


def _text(counts: dict[str, int], origin: str) -> str:
    lines = [f"  {kind}: {count}" for kind, count in counts.items()]
    total = sum(counts.values())
    head = [f"Có {total} thông báo chưa đọc. Hãy đăng nhập {origin} để xem.", f"{total} notices wait at {origin}.", ""]
    return "\n".join([*head, *lines, ""])


def _aad(mailbox_id: UUID) -> str:
    return f"mailbox:{mailbox_id}|address"
