"""Queries of mailboxes."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.models.cases.clocks import Escalation
from app.models.intakes.intakes import Intake, without_incident
from app.models.intakes.messages import Message
from app.models.intakes.set_asides import is_set_aside
from app.models.notices.mailboxes import Mailbox
from app.models.notices.notices import Notice
from app.repositories.base import Repository

# What waits for a unit: the rows, and the column of the unit that they wait for.
_WAITING: Final[dict[str, tuple[Select[Any], InstrumentedAttribute[UUID]]]] = {
    "notices": (select(Notice.id).where(Notice.recipient_id.is_(None), Notice.read_at.is_(None)), Notice.unit_id),
    "intakes": (select(Intake.id).where(without_incident(), ~is_set_aside()), Intake.holder_id),
    "messages": (
        select(Message.id)
        .join(Intake, Intake.id == Message.intake_id)
        .where(Message.from_reporter.is_(True), Message.read_at.is_(None)),
        Intake.holder_id,
    ),
    "escalations": (select(Escalation.id).where(Escalation.answered_at.is_(None)), Escalation.to_unit_id),
}


class MailboxRepository(Repository[Mailbox]):
    model = Mailbox

    async def of_unit(self, unit_id: UUID) -> list[Mailbox]:
        return await self.rows(self.select().where(Mailbox.unit_id == unit_id).order_by(Mailbox.id))

    async def locked(self, mailbox_id: UUID) -> Mailbox | None:
        """The mailbox as it is now: what is decided about its mails is decided one after the other."""
        query = self.select().where(Mailbox.id == mailbox_id).with_for_update()
        return await self.first(query.execution_options(populate_existing=True))

    async def unread(self, unit_id: UUID) -> dict[str, int]:
        """How many notices of each kind a unit has not read."""
        of_unit = (Notice.unit_id == unit_id, Notice.recipient_id.is_(None), Notice.read_at.is_(None))
        query = select(Notice.kind, func.count()).where(*of_unit)
        return await self.pairs(query.group_by(Notice.kind).order_by(Notice.kind))

    async def silent_since(self, moment: datetime) -> list[Mailbox]:
        """Those that got no mail since, and whose unit has something that waits."""
        last = func.coalesce(Mailbox.sent_at, Mailbox.created_at)
        something = or_(*(query.where(unit == Mailbox.unit_id).exists() for query, unit in _WAITING.values()))
        return await self.rows(self.select().where(last < moment, something).order_by(Mailbox.id))

    async def waiting(self, unit_id: UUID) -> dict[str, int]:
        """How much of each kind waits for a unit."""
        return {
            kind: waiting
            for kind, (query, unit) in _WAITING.items()
            if (waiting := await self.count(query.with_only_columns(func.count()).where(unit == unit_id)))
        }
