"""A season of reminders: families of many schools, senders that crash, and answers that come at any moment.

The days are those of a moved clock; planning and fetching are the services' own, as the worker and the API call them.
What families answer is written to their obligations alone: nobody reads a counter here. All invented.
"""

import asyncio
import random
import resource
import statistics
import time as watch
from collections import Counter, defaultdict
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import update

from app.core.time import VIETNAM, local_date, utc_now
from app.models.learners.learners import Guardian
from app.repositories.commitments.classes import ObligationRepository
from app.repositories.commitments.reminders import CommitmentReminderRepository
from app.security.access.scope import ALL, EVERYTHING
from app.services.commitments.reminder_senders import lose_contact
from app.services.commitments.reminders import Message, ReminderService, plan_school_reminders
from tests.commitments.season_families import BARRED, LEAVES_AFTER, Families, Second, parts
from tests.factories.clock import AdvanceClock

MOST: Final = 3
RULES: Final = {"days_after": [1, 5, 9], "at_most": MOST}
HOURS: Final = (6, 7, 13, 20)
NIGHT: Final = frozenset({*range(7), *range(20, 24)})
BATCH: Final = 500
# Shares of the families that answer twice a day, of them that refuse, and of batches that are lost on their way.
ANSWER, REFUSE, LOST = 0.05, 0.3, 0.02
OUTCOMES: Final = {"sent": 90, "failed": 5, "unreachable": 1, "silent": 4}
AFTER: Final = timedelta(seconds=1)


@dataclass(slots=True)
class Season:
    """What was sent: by number, the moments; and from when on, and why, nothing may be sent to a number."""

    sent: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    silent: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    # What did not leave, as the sender says, counts for no limit of the campaign.
    failed: Counter[str] = field(default_factory=Counter)

    def silence(self, number: str, moment: datetime, why: str) -> None:
        self.silent.setdefault(number, (moment, why))

    def faults(self) -> Counter[str]:
        """Second messages of a day, those at night or above the limit, and those to whom nothing may be sent."""
        found = Counter[str]()
        for number, moments in self.sent.items():
            since, why = self.silent.get(number, (None, ""))
            found["second of a day"] += len(moments) - len({each.date() for each in moments})
            found["at night"] += sum(each.hour in NIGHT for each in moments)
            found["above the limit"] += len(moments) - self.failed[number] > MOST
            found[why] += 0 if since is None else sum(since <= each for each in moments)
        return +found


class Clock:
    """The hour in Việt Nam at which the application believes to be."""

    def __init__(self, advance: AdvanceClock, start: datetime) -> None:
        self.advance, self.day = advance, local_date(start)
        self.moment = start

    def set(self, day: int, hour: int) -> None:
        self.moment = datetime.combine(self.day + timedelta(days=day), time(hour), VIETNAM)
        self.advance(seconds=(self.moment - utc_now()).total_seconds())


class Simulation:
    """Day by day; some families answer between planning and sending. So many senders fetch at once."""

    def __init__(self, families: Families, clock: Clock, at_once: int) -> None:
        self.families, self.clock, self.at_once = families, clock, at_once
        self.world, self.random = families.world, families.chance
        # Senders at once draw in no order: what families do depends on none of it.
        self.luck = random.Random(20)
        self.season = Season()
        self.waiting = dict(families.children)
        self.in_office = [each for each in self._seconds() if each.kind == "in office"]
        self.took = defaultdict[str, list[float]](list)

    def _seconds(self) -> Iterator[Second]:
        return (each.second for some in self.waiting.values() for each in some if each.second is not None)

    async def run(self, days: int) -> Season:
        self.clock.set(0, 0)
        for second in self._seconds():
            if second.kind in BARRED:
                self.season.silence(second.number, self.clock.moment, second.kind)
        for day in range(days):
            self.clock.set(day, 0)
            await self._begin(day)
            for hour in HOURS:
                self.clock.set(day, hour)
                if hour in {6, 13}:
                    await self._answer()
                    await self._bar()
                await asyncio.gather(*(self._send() for _ in range(self.at_once)))
            print(f"day {day}: {sum(map(len, self.season.sent.values()))} messages, {+self.season.faults()}")
        return self.season

    async def _begin(self, day: int) -> None:
        """Forget what nobody fetched, and plan what is to be sent today."""
        if day == LEAVES_AFTER:
            for second in self._seconds():
                if second.kind == "leaving":
                    self.season.silence(second.number, self.clock.moment, "leaving")
        async with self.world.runtime.work(ALL) as work:
            await CommitmentReminderRepository(work.session).forget(work.today, work.today - timedelta(days=400))
            await work.commit()
        for unit_id, _ in self.families.places:
            await self._timed("planning of a school", self._plan(unit_id))

    async def _timed(self, name: str, act: Awaitable[Any]) -> Any:
        began = watch.perf_counter()
        done = await act
        self.took[name].append(watch.perf_counter() - began)
        return done

    async def _plan(self, unit_id: UUID) -> None:
        async with self.world.runtime.work(ALL) as work:
            named = {"campaign_id": str(self.families.campaign_id), "unit_id": str(unit_id)}
            await plan_school_reminders(work, named)
            await work.commit()

    async def _answer(self) -> None:
        """Some families sign for all children; some refuse for one, and leave another open."""
        rows = list[dict[str, Any]]()
        for number in [each for each in self.waiting if self.random.random() < ANSWER]:
            children = self.waiting.pop(number)
            is_refused = self.random.random() < REFUSE
            answered = children[:1] if is_refused else children
            state, why = ("refused", "refused") if is_refused else ("signed", "decided")
            rows += [{**each.owed, "state": state, "state_at": self.clock.moment} for each in answered]
            for silent in (number, *(each.second.number for each in answered if each.second is not None)):
                self.season.silence(silent, self.clock.moment, why)
        for some in parts(rows, 5_000):
            async with self.world.runtime.work(ALL) as work:
                work.list_elsewhere("season", self.families.campaign_id)
                await ObligationRepository(work.session).update_rows(list(some))
                await work.commit()

    async def _bar(self) -> None:
        """Some guardians in office may not be written to any more."""
        barred = [each for each in self.in_office if self.random.random() < ANSWER]
        self.in_office = [each for each in self.in_office if each not in barred]
        for second in barred:
            self.season.silence(second.number, self.clock.moment, "barred")
        async with self.world.runtime.work(ALL) as work:
            work.list_elsewhere("season", self.families.campaign_id)
            named = update(Guardian).where(Guardian.id.in_([each.id for each in barred]))
            await work.session.execute(named.values(may_be_contacted=False))
            await work.commit()

    async def _send(self) -> None:
        has_more = True
        while has_more:
            messages, has_more = await self._timed("fetching of a batch", self._fetch())
            # A crash before the answer arrived: the messages are gone for the day.
            if self.luck.random() < LOST:
                self.season.outcomes["lost"] += len(messages)
                continue
            for message in messages:
                self.season.sent[message.to].append(self.clock.moment)
            if messages:
                await self._timed("recording of a batch", self._record(messages))

    async def _fetch(self) -> tuple[list[Message], bool]:
        async with self.world.runtime.work(ALL) as work:
            found = await ReminderService(work).fetch(EVERYTHING, "sms", BATCH)
            await work.commit()
        return found

    async def _record(self, messages: Sequence[Message]) -> None:
        """The outcomes of nearly all; of some the sender never says any."""
        said = self.luck.choices(list(OUTCOMES), list(OUTCOMES.values()), k=len(messages))
        self.season.outcomes.update(said)
        async with self.world.runtime.work(ALL) as work:
            ids = [each.reminder_id for each in messages]
            rows, lost = await CommitmentReminderRepository(work.session).named(ids, EVERYTHING, "sms"), list[str]()
            for message, outcome in zip(messages, said, strict=True):
                row = rows[message.reminder_id]
                if outcome != "silent":
                    row.state, row.ended_at = outcome, work.now
                self.season.failed[message.to] += outcome in {"failed", "unreachable"}
                if outcome == "unreachable":
                    lost.append(row.guardian_key)
                    self.season.silence(message.to, self.clock.moment + AFTER, outcome)
            await lose_contact(work, lost, "sms", EVERYTHING)
            await work.commit()

    def figures(self) -> list[str]:
        """What it took: the sum, the median and the longest of each step, and the memory of this process."""
        lines = [
            f"{name}: {len(each)} in {sum(each):.0f} s, median {statistics.median(each):.2f}, longest {max(each):.2f} s"
            for name, each in self.took.items()
        ]
        return [*lines, f"memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"]
