"""Queries of reminders: the guardians to write to, and the messages that wait for a sender."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update

from app.models.commitments.campaigns import CommitmentCampaign
from app.models.commitments.classes import CommitmentClass, CommitmentEntry, CommitmentObligation
from app.models.commitments.reminders import CommitmentReminder
from app.models.learners.learners import Guardian, Learner
from app.repositories.base import Repository
from app.repositories.commitments.campaigns import AT_ONCE, written_to
from app.security.access.scope import Range

# An answer is awaited. A family that decided, withdrew or was settled otherwise gets no reminder.
AWAITED: Final = ("pending", "asked")
# The family may have received the message: without an outcome it is not known.
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


@dataclass(frozen=True, slots=True)
class Request:
    """What a school asks the family of a learner."""

    obligation_id: UUID
    unit_id: UUID
    state: str


Requests = Mapping[UUID | None, Request]


class CommitmentReminderRepository(Repository[CommitmentReminder]):
    model = CommitmentReminder

    async def running(self, day: date) -> list[CommitmentCampaign]:
        """The campaigns of a day that remind."""
        return await self.rows(_running(day).order_by(CommitmentCampaign.id))

    async def to_plan(self, campaign_id: UUID, day: date) -> CommitmentCampaign | None:
        """A campaign of a day that reminds, locked: two schools at once would plan for the guardians of both twice."""
        query = _running(day).where(CommitmentCampaign.id == campaign_id)
        return await self.first(query.with_for_update(key_share=True))

    async def planned(self, campaign_id: UUID, day: date) -> None:
        """Mark that the reminders of a day were planned; the campaign itself does not change."""
        statement = update(CommitmentCampaign).where(CommitmentCampaign.id == campaign_id)
        await self.session.execute(statement.values(reminders_planned_on=day))

    async def schools(self, campaign_id: UUID) -> list[UUID]:
        query = select(CommitmentClass.unit_id).where(CommitmentClass.campaign_id == campaign_id)
        return await self.rows(query.distinct().order_by(CommitmentClass.unit_id))

    async def awaited_at(self, asking: Asking, unit_id: UUID) -> list[Awaited]:
        """The guardians of a school whose answer is awaited."""
        here = CommitmentClass.campaign_id == asking.campaign_id, CommitmentClass.unit_id == unit_id
        path = await self.first(select(CommitmentClass.org_path).where(*here).limit(1))
        if path is None:
            return []
        requests = await self._requests(asking.campaign_id, AWAITED, *here, CommitmentObligation.org_path == path)
        return await self._awaited(asking, requests, Guardian.org_path == path)

    async def awaited_of(self, asking: Asking, keys: Collection[str], guardian_ids: Collection[UUID]) -> list[Awaited]:
        """Those of some guardians whose answer is awaited, at any school."""
        named = or_(*_reached_by(keys), Guardian.id.in_(guardian_ids))
        learners = await self.rows(select(Guardian.learner_id).where(named))
        requests = await self._requests(asking.campaign_id, AWAITED, CommitmentObligation.learner_id.in_(learners))
        return await self._awaited(asking, requests, named)

    async def _awaited(self, asking: Asking, requests: Requests, among: ColumnElement[bool]) -> list[Awaited]:
        """Without guardians who have signed: where each guardian must sign, they only wait for the others."""
        signed = await self._answers(requests.values(), "signed", CommitmentEntry.template_id.in_(asking.counting))
        query = select(
            Guardian.learner_id, Guardian.id, Guardian.org_path, Guardian.phone_index, Guardian.email_index
        ).where(
            *written_to(asking.day), or_(Guardian.phone_index.is_not(None), Guardian.email_index.is_not(None)), among
        )
        return [
            Awaited(key, request.unit_id, path, phone, email)
            for learner_id, key, path, phone, email in await self.session.execute(query.order_by(Guardian.id))
            if (request := requests.get(learner_id)) is not None and (request.obligation_id, key) not in signed
        ]

    async def _requests(self, campaign_id: UUID, states: Collection[str], *among: ColumnElement[bool]) -> Requests:
        """What the families of some learners are asked, by learner.

        Guardians and entries are read separately: right after a mass upload the database has no statistics, and a join
        could read one table again for each row of the other.
        """
        obligation = CommitmentObligation
        query = (
            select(obligation.learner_id, obligation.id, CommitmentClass.unit_id, obligation.state)
            .join(CommitmentClass, CommitmentClass.id == obligation.commitment_class_id)
            .where(obligation.campaign_id == campaign_id, obligation.party == "guardian", obligation.state.in_(states))
            # As the index of what stands says it.
            .where(~obligation.is_void)
        )
        found = await self.session.execute(query.where(*among))
        return {learner_id: Request(key, unit_id, state) for learner_id, key, unit_id, state in found}

    async def _answers(
        self, requests: Iterable[Request], state: str, *among: ColumnElement[bool]
    ) -> set[tuple[UUID, UUID | None]]:
        """The standing answers of one state: the obligation of each, and the guardian if one is named."""
        ids, found = [each.obligation_id for each in requests], set[tuple[UUID, UUID | None]]()
        entry = CommitmentEntry
        for first in range(0, len(ids), AT_ONCE):
            query = select(entry.obligation_id, entry.guardian_id).where(
                entry.obligation_id.in_(ids[first : first + AT_ONCE]),
                entry.state == state,
                entry.withdrawn_at.is_(None),
            )
            found.update((key, who) for key, who in await self.session.execute(query.where(*among)))
        return found

    async def phones_of(self, emails: Collection[str]) -> dict[str, str]:
        """The telephone by which a person with an address is known, where any record of the person has one."""
        query = select(Guardian.email_index, func.min(Guardian.phone_index)).where(Guardian.email_index.in_(emails))
        query = query.where(Guardian.phone_index.is_not(None)).group_by(Guardian.email_index)
        return {str(email): str(phone) for email, phone in await self.session.execute(query)}

    async def refusing(self, campaign_id: UUID, keys: Collection[str]) -> set[str]:
        """Those of some guardians who refused in a campaign, for any child and at any school.

        In a conflict this is the guardian who refused, or both guardians where the paper names none.
        """
        query = select(Guardian.learner_id, Guardian.id, Guardian.phone_index, Guardian.email_index)
        guardians = [*await self.session.execute(query.where(or_(*_reached_by(keys))))]
        learners = {learner_id for learner_id, *_ in guardians}
        among = CommitmentObligation.learner_id.in_(learners)
        requests = await self._requests(campaign_id, ("refused", "in_conflict"), among)
        refused = await self._answers((each for each in requests.values() if each.state != "refused"), "refused")
        found = set[str]()
        for learner_id, key, *named in guardians:
            request = requests.get(learner_id)
            if request is not None and _refuses(request, key, refused):
                found.update(each for each in named if each is not None)
        return found

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
            # As the index of what waits says it.
            CommitmentReminder.fetched_at.is_(None),
            CommitmentReminder.ended_at.is_(None),
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


def _refuses(request: Request, guardian_id: UUID, refused: Collection[tuple[UUID, UUID | None]]) -> bool:
    own = {(request.obligation_id, guardian_id), (request.obligation_id, None)}
    return request.state == "refused" or not own.isdisjoint(refused)


def _reached_by(keys: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return Guardian.phone_index.in_(keys), Guardian.email_index.in_(keys)


def _running(day: date) -> Select[CommitmentCampaign]:
    return select(CommitmentCampaign).where(
        CommitmentCampaign.reminders.is_not(None),
        CommitmentCampaign.opens_on <= day,
        CommitmentCampaign.closes_on >= day,
    )
