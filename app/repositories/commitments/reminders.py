"""Queries of reminders: who is to be written to, and what waits for a sender."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update

from app.models.commitments.campaigns import CommitmentCampaign
from app.models.commitments.classes import CommitmentClass, CommitmentEntry, CommitmentObligation
from app.models.commitments.reminders import CommitmentReminder
from app.models.learners.learners import Guardian, Learner
from app.repositories.base import Repository
from app.repositories.commitments.campaigns import written_to
from app.security.access.scope import Range

# Whose answer is awaited. Whoever decided, withdrew or was settled otherwise hears nothing.
AWAITED: Final = ("pending", "asked")
# What a family may have received: of a message without an outcome nobody knows.
PERHAPS_RECEIVED: Final = ("fetched", "sent")


@dataclass(frozen=True, slots=True)
class Awaited:
    """A guardian of a child whose family has not answered, at the school that asks."""

    guardian_id: UUID
    unit_id: UUID
    org_path: str
    phone_index: str | None
    email_index: str | None


@dataclass(frozen=True, slots=True)
class Reminded:
    """How often a guardian may have been reminded in a campaign, and on which day it is known that a message left."""

    times: int
    last_sent_on: date | None


@dataclass(frozen=True, slots=True)
class Asking:
    """A campaign that asks on a day; `counting` are the versions under which a guardian's signature counts."""

    campaign_id: UUID
    day: date
    counting: Collection[UUID]


class ReminderRepository(Repository[CommitmentReminder]):
    model = CommitmentReminder

    async def running(self, day: date) -> list[CommitmentCampaign]:
        """The campaigns of a day that remind."""
        query = select(CommitmentCampaign).where(
            CommitmentCampaign.reminders.is_not(None),
            CommitmentCampaign.opens_on <= day,
            CommitmentCampaign.closes_on >= day,
        )
        return await self.rows(query.order_by(CommitmentCampaign.id))

    async def planned(self, campaign_id: UUID, day: date) -> None:
        """Mark that the reminders of a day were planned; the campaign itself does not change."""
        statement = update(CommitmentCampaign).where(CommitmentCampaign.id == campaign_id)
        await self.session.execute(statement.values(reminders_planned_on=day))

    async def schools(self, campaign_id: UUID) -> list[UUID]:
        query = select(CommitmentClass.unit_id).where(CommitmentClass.campaign_id == campaign_id)
        return await self.rows(query.distinct().order_by(CommitmentClass.unit_id))

    async def awaited_at(self, asking: Asking, unit_id: UUID) -> list[Awaited]:
        """The guardians of a school whose answer is awaited."""
        return await self._awaited(asking, CommitmentClass.unit_id == unit_id)

    async def awaited_of(self, asking: Asking, keys: Collection[str], guardian_ids: Collection[UUID]) -> list[Awaited]:
        """Those of some guardians whose answer is awaited, at any school."""
        named = or_(Guardian.phone_index.in_(keys), Guardian.email_index.in_(keys), Guardian.id.in_(guardian_ids))
        return await self._awaited(asking, named)

    async def _awaited(self, asking: Asking, among: ColumnElement[bool]) -> list[Awaited]:
        """Where each guardian is asked, who has signed waits for the others and hears nothing."""
        query = (
            select(Guardian.id, CommitmentClass.unit_id, Guardian.org_path, Guardian.phone_index, Guardian.email_index)
            .join(CommitmentObligation, CommitmentObligation.learner_id == Guardian.learner_id)
            .join(CommitmentClass, CommitmentClass.id == CommitmentObligation.commitment_class_id)
            .where(
                CommitmentObligation.campaign_id == asking.campaign_id,
                CommitmentObligation.party == "guardian",
                CommitmentObligation.state.in_(AWAITED),
                ~_has_signed(asking.counting),
                *written_to(asking.day),
                or_(Guardian.phone_index.is_not(None), Guardian.email_index.is_not(None)),
                among,
            )
            .order_by(Guardian.id)
        )
        return [Awaited(*row) for row in await self.session.execute(query)]

    async def phones_of(self, emails: Collection[str]) -> dict[str, str]:
        """The telephone by which a person with an address is known, where any record of the person has one."""
        query = select(Guardian.email_index, func.min(Guardian.phone_index)).where(Guardian.email_index.in_(emails))
        query = query.where(Guardian.phone_index.is_not(None)).group_by(Guardian.email_index)
        return {str(email): str(phone) for email, phone in await self.session.execute(query)}

    async def refusing(self, campaign_id: UUID, keys: Collection[str]) -> set[str]:
        """Those of some guardians who refused in a campaign, for whichever child and at whichever school.

        Where one refused and another signed, it is the one who refused, or both where the paper does not say who.
        """
        query = (
            select(Guardian.phone_index, Guardian.email_index)
            .join(CommitmentObligation, CommitmentObligation.learner_id == Guardian.learner_id)
            .where(
                CommitmentObligation.campaign_id == campaign_id,
                CommitmentObligation.party == "guardian",
                or_(
                    CommitmentObligation.state == "refused",
                    and_(CommitmentObligation.state == "in_conflict", _has_refused()),
                ),
                or_(Guardian.phone_index.in_(keys), Guardian.email_index.in_(keys)),
            )
        )
        return {key for row in await self.session.execute(query) for key in row if key is not None}

    async def reminded(self, campaign_id: UUID, keys: Collection[str]) -> dict[str, Reminded]:
        """What some guardians received in a campaign, or may have."""
        reminder, sent = CommitmentReminder, func.max(CommitmentReminder.day)
        query = select(reminder.guardian_key, func.count(reminder.id), sent.filter(reminder.state == "sent")).where(
            reminder.campaign_id == campaign_id,
            reminder.guardian_key.in_(keys),
            reminder.state.in_(PERHAPS_RECEIVED),
        )
        found = await self.session.execute(query.group_by(reminder.guardian_key))
        return {key: Reminded(int(times), last) for key, times, last in found}

    async def taken(self, keys: Collection[str], day: date) -> set[str]:
        """Those of some guardians who have a message of the day already, of whichever campaign and school."""
        query = select(CommitmentReminder.guardian_key).where(CommitmentReminder.day == day)
        return set(await self.rows(query.where(CommitmentReminder.guardian_key.in_(keys))))

    async def waiting(
        self, within: Range, day: date, channel: str, campaign_ids: Collection[UUID], limit: int
    ) -> list[CommitmentReminder]:
        """What waits for a sender, locked; what another one is fetching is left to it."""
        query = self._waiting(day, channel, campaign_ids).where(within.covers(CommitmentReminder.org_path))
        query = query.order_by(CommitmentReminder.id).limit(limit).with_for_update(skip_locked=True)
        return await self.rows(query.execution_options(populate_existing=True))

    def _waiting(self, day: date, channel: str, campaign_ids: Collection[UUID]) -> Select[CommitmentReminder]:
        return self.select().where(
            CommitmentReminder.day == day,
            CommitmentReminder.state == "waiting",
            CommitmentReminder.channel == channel,
            CommitmentReminder.campaign_id.in_(campaign_ids),
        )

    async def guardians(self, ids: Collection[UUID]) -> dict[UUID, Guardian]:
        """Guardians, opened."""
        return {each.id: each for each in await self.all(select(Guardian).where(Guardian.id.in_(ids)))}

    async def named(self, ids: Collection[UUID], within: Range, channel: str) -> dict[UUID, CommitmentReminder]:
        """Reminders of a range, locked in one order."""
        query = self.select().where(
            CommitmentReminder.id.in_(ids),
            CommitmentReminder.channel == channel,
            within.covers(CommitmentReminder.org_path),
        )
        query = query.order_by(CommitmentReminder.id).with_for_update()
        return {each.id: each for each in await self.rows(query.execution_options(populate_existing=True))}

    async def with_contact(self, keys: Collection[str], channel: str, within: Range) -> list[Guardian]:
        """The guardians of a range who have a telephone or an address. Nothing of them is opened."""
        contact = Guardian.phone_index if channel == "sms" else Guardian.email_index
        query = select(Guardian).where(contact.in_(keys), Guardian.unreachable_since.is_(None))
        return await self.rows(query.where(within.covers(Guardian.org_path)))

    async def units_of(self, learner_ids: Collection[UUID]) -> set[UUID]:
        return set(await self.rows(select(Learner.unit_id).where(Learner.id.in_(learner_ids))))

    async def counted(self, campaign_id: UUID, unit_id: UUID) -> list[tuple[date, str, str, int]]:
        """The messages of a unit in a campaign by day, channel and state."""
        by = (CommitmentReminder.day, CommitmentReminder.channel, CommitmentReminder.state)
        query = select(*by, func.count(CommitmentReminder.id)).where(
            CommitmentReminder.campaign_id == campaign_id, CommitmentReminder.unit_id == unit_id
        )
        found = await self.session.execute(query.group_by(*by).order_by(*by))
        return [(day, channel, state, int(number)) for day, channel, state, number in found]

    async def forget(self, day: date, before: date) -> None:
        """Delete what was not fetched on its day, and every reminder of a day before `before`."""
        unfetched = (CommitmentReminder.day < day) & CommitmentReminder.state.in_(("waiting", "dropped"))
        statement = delete(CommitmentReminder).where(or_(unfetched, CommitmentReminder.day < before))
        await self.session.execute(statement.execution_options(synchronize_session=False))


def _word(state: str) -> tuple[ColumnElement[bool], ...]:
    """Of entries: those of an obligation by which somebody said so, and which stand."""
    return (
        CommitmentEntry.obligation_id == CommitmentObligation.id,
        CommitmentEntry.state == state,
        CommitmentEntry.withdrawn_at.is_(None),
    )


def _has_signed(counting: Collection[UUID]) -> ColumnElement[bool]:
    own = (CommitmentEntry.guardian_id == Guardian.id, CommitmentEntry.template_id.in_(counting))
    return select(CommitmentEntry.id).where(*_word("signed"), *own).exists()


def _has_refused() -> ColumnElement[bool]:
    own = or_(CommitmentEntry.guardian_id == Guardian.id, CommitmentEntry.guardian_id.is_(None))
    return select(CommitmentEntry.id).where(*_word("refused"), own).exists()
