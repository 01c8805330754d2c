"""The daily reminder: one mail of what still waits to each mailbox of a unit that got none that day."""

from datetime import datetime, time
from typing import Any, Final

from app.core.time import VIETNAM, local_date
from app.repositories.notices.mailboxes import MailboxRepository
from app.services.notices.mailboxes import schedule_mail
from app.services.platform.unit_of_work import UnitOfWork

# When an office opens; the first look after it reminds, also after an outage.
MORNING: Final = time(7, tzinfo=VIETNAM)


async def remind(work: UnitOfWork, _: dict[str, Any]) -> None:
    """Queue today's reminders. A unit that got a mail since the morning, or for which nothing waits, gets none."""
    morning = datetime.combine(local_date(work.now), MORNING)
    if work.runtime.settings.smtp_host is None or work.now < morning:
        return
    async with work.without_pending():
        mailboxes = await MailboxRepository(work.session).silent_since(morning)
    for mailbox in mailboxes:
        await schedule_mail(work, mailbox, is_reminder=True)
