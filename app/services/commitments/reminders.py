"""Reminders: planned once a day for each school, and judged again when a sender fetches them.

One message to a guardian on a day, over all children, campaigns and schools: the database has one row for a guardian
and a day, and a row is fetched once. What was fetched and has no outcome counts as received for the day and for the
campaign's limit; it comes again on a later day, under a new row. So a crash of either side at any moment sends nobody
two messages of one day.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.ids import new_id
from app.core.time import VIETNAM
from app.models.commitments.campaigns import CommitmentCampaign
from app.models.commitments.reminders import CommitmentReminder
from app.models.learners.learners import Guardian
from app.repositories.commitments.campaigns import AT_ONCE
from app.repositories.commitments.reminders import Asking, Awaited, CommitmentReminderRepository
from app.repositories.units import UnitRepository
from app.schemas.commitments.reminders import REMINDER_FLOW, ReminderRules
from app.security.access.scope import Range
from app.security.crypto.phones import numbers
from app.services.commitments.reminder_texts import text_en, text_vi
from app.services.commitments.versions import VersionService
from app.services.platform.jobs import JobKind, enqueue
from app.services.platform.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Due:
    """A guardian to be written to on a day."""

    awaited: Awaited
    key: str
    channel: str


@dataclass(frozen=True, slots=True)
class Message:
    """What a sender sends. It is stored in no row."""

    reminder_id: UUID
    to: str
    text_vi: str
    text_en: str


def rules_of(campaign: CommitmentCampaign) -> ReminderRules | None:
    return None if campaign.reminders is None else ReminderRules.model_validate(campaign.reminders)


def step_on(campaign: CommitmentCampaign, day: date) -> date | None:
    """The last day up to `day` on which the campaign reminds; None before the first."""
    rules = rules_of(campaign)
    days = [] if rules is None else [campaign.opens_on + timedelta(days=each) for each in rules.days_after]
    return max((each for each in days if each <= day), default=None)


def is_time(campaign: CommitmentCampaign, now: datetime) -> bool:
    """Whether it is an hour at which the campaign writes to families."""
    rules = rules_of(campaign)
    return rules is not None and rules.from_hour <= now.astimezone(VIETNAM).hour < rules.until_hour


class ReminderService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.reminders = CommitmentReminderRepository(work.session)

    async def plan(self, campaign: CommitmentCampaign, unit_id: UUID) -> int:
        """Add today's messages to the families of a school. Returns how many there are."""
        awaited, planned = await self.reminders.awaited_at(await self._asking(campaign), unit_id), 0
        for first in range(0, len(awaited), AT_ONCE):
            planned += await self._plan(campaign, awaited[first : first + AT_ONCE])
        return planned

    async def _plan(self, campaign: CommitmentCampaign, awaited: Sequence[Awaited]) -> int:
        due = await self._due(campaign, awaited)
        taken = await self.reminders.taken(due, self.work.today) if due else set()
        rows = [self._row(campaign, each) for key, each in due.items() if key not in taken]
        await self.reminders.insert_rows({CommitmentReminder: rows})
        return len(rows)

    async def fetch(self, within: Range, channel: str, limit: int) -> tuple[list[Message], bool]:
        """The messages that a sender sends now, and whether more may wait. The caller is elevated, or a job."""
        campaigns = {
            each.id: each for each in await self.reminders.running(self.work.today) if is_time(each, self.work.now)
        }
        rows = await self.reminders.waiting(within, self.work.today, channel, campaigns, limit)
        guardians = await self._judged(campaigns, rows)
        names = await UnitRepository(self.work.session).last_names({row.unit_id for row in rows}, self.work.today)
        messages = list[Message]()
        for row in rows:
            to = _contact(guardians.get(row.id), channel)
            step = "fetch" if to is not None else "drop"
            row.state = REMINDER_FLOW.step(row.state, step).target
            if to is None:
                row.ended_at = self.work.now
                continue
            row.fetched_at = self.work.now
            campaign, name = campaigns[row.campaign_id], names[row.unit_id]
            messages.append(
                Message(row.id, to, text_vi(campaign, name.name_vi), text_en(campaign, name.name_en or name.name_vi))
            )
        await self.work.flush()
        return messages, len(rows) == limit

    async def _judged(
        self, campaigns: Mapping[UUID, CommitmentCampaign], rows: Sequence[CommitmentReminder]
    ) -> dict[UUID, Guardian]:
        """The guardian of each row that is still to be sent, by row; not of one who has answered since."""
        found = dict[UUID, UUID]()
        for campaign_id in {row.campaign_id for row in rows}:
            some = [row for row in rows if row.campaign_id == campaign_id]
            keys, ids = {row.guardian_key for row in some}, {row.guardian_id for row in some}
            asking = await self._asking(campaigns[campaign_id])
            awaited = await self.reminders.awaited_of(asking, keys, ids)
            units = {row.guardian_key: row.unit_id for row in some}
            here = await self._due(campaigns[campaign_id], awaited, units)
            found |= {row.id: here[row.guardian_key].awaited.guardian_id for row in some if row.guardian_key in here}
        guardians = await self.reminders.guardians(set(found.values())) if found else {}
        return {row_id: guardians[guardian_id] for row_id, guardian_id in found.items()}

    async def _due(
        self, campaign: CommitmentCampaign, awaited: Sequence[Awaited], units: Mapping[str, UUID] | None = None
    ) -> dict[str, Due]:
        """Those of some guardians to write to today, by key; with `units`, only for the school that `units` names."""
        step, rules = step_on(campaign, self.work.today), rules_of(campaign)
        if step is None or rules is None or not awaited:
            return {}
        keyed = await self._keyed(awaited)
        silent = await self.reminders.refusing(campaign.id, _indexes(awaited) | {key for _, key in keyed})
        reminded = await self.reminders.reminded(campaign.id, {key for _, key in keyed})
        due = dict[str, Due]()
        for each, key in keyed:
            channel, had = self._channel(each), reminded.get(key)
            is_elsewhere = units is not None and units.get(key) != each.unit_id
            if channel is None or key in due or is_elsewhere or not silent.isdisjoint(_indexes([each]) | {key}):
                continue
            if had is not None and (had.times >= rules.at_most or (had.last_sent_on or date.min) >= step):
                continue
            due[key] = Due(each, key, channel)
        return due

    async def _asking(self, campaign: CommitmentCampaign) -> Asking:
        return Asking(campaign.id, self.work.today, await VersionService(self.work).counting(campaign, "guardian"))

    async def _keyed(self, awaited: Sequence[Awaited]) -> list[tuple[Awaited, str]]:
        """Each guardian with the key of the person: the telephone, or the address where there is none."""
        emails = {each.email_index for each in awaited if each.phone_index is None and each.email_index is not None}
        phones = await self.reminders.phones_of(emails) if emails else {}
        found = list[tuple[Awaited, str]]()
        for each in awaited:
            key = each.phone_index or phones.get(each.email_index or "", each.email_index)
            if key is not None:
                found.append((each, key))
        return found

    def _channel(self, each: Awaited) -> str | None:
        """By mail where an address is known and the product sends mail."""
        if each.email_index is not None and self.work.runtime.settings.smtp_host is not None:
            return "mail"
        return None if each.phone_index is None else "sms"

    def _row(self, campaign: CommitmentCampaign, due: Due) -> dict[str, Any]:
        return {
            "id": new_id(),
            "unit_id": due.awaited.unit_id,
            "org_path": due.awaited.org_path,
            "campaign_id": campaign.id,
            "guardian_id": due.awaited.guardian_id,
            "guardian_key": due.key,
            "day": self.work.today,
            "channel": due.channel,
            "state": REMINDER_FLOW.initial,
        }


def _indexes(awaited: Iterable[Awaited]) -> set[str]:
    return {key for each in awaited for key in (each.phone_index, each.email_index) if key is not None}


def _contact(guardian: Guardian | None, channel: str) -> str | None:
    """The telephone in its one form, or the address. None of a destroyed record."""
    if guardian is None:
        return None
    if channel == "mail":
        return guardian.email
    return next(iter(numbers(guardian.phone or "")), None)


async def plan_reminders(work: UnitOfWork, _: dict[str, Any]) -> None:
    """For the worker: once a day, one job for each school of each campaign that reminds."""
    reminders = CommitmentReminderRepository(work.session)
    for campaign in await reminders.running(work.today):
        if campaign.reminders_planned_on == work.today or step_on(campaign, work.today) is None:
            continue
        await _queue(work, campaign.id, await reminders.schools(campaign.id))
        await reminders.planned(campaign.id, work.today)


async def _queue(work: UnitOfWork, campaign_id: UUID, unit_ids: Collection[UUID]) -> None:
    for unit_id in unit_ids:
        payload: dict[str, object] = {"campaign_id": str(campaign_id), "unit_id": str(unit_id)}
        await enqueue(work, JobKind.PLAN_SCHOOL_REMINDERS, f"{campaign_id}:{unit_id}:{work.today}", payload)


async def plan_school_reminders(work: UnitOfWork, payload: dict[str, Any]) -> None:
    """For the worker: today's messages of one school in one campaign. A second run adds none."""
    campaign = await CommitmentReminderRepository(work.session).to_plan(UUID(payload["campaign_id"]), work.today)
    if campaign is not None:
        await ReminderService(work).plan(campaign, UUID(payload["unit_id"]))
