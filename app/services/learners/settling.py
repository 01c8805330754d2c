"""Transfers in the worker: it looks for the record at another unit, and brings the answer of one side to the other."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from app.core.ids import new_id
from app.core.vocabulary import TransferSide, TransferState
from app.models.learners.learners import Learner
from app.models.learners.transfers import LearnerTransfer, code_of
from app.models.units import Unit
from app.repositories.learners.enrolments import EnrolmentStatusCodeRepository
from app.repositories.learners.protections import ProtectionRepository
from app.repositories.learners.transfers import TransferRepository
from app.repositories.units import UnitRepository
from app.schemas.learners.transfers import TRANSFER_FLOW
from app.services.learners.figures import DEPARTMENT
from app.services.learners.notices import TRANSFER_ANSWERED, TRANSFER_TO_CONFIRM
from app.services.notices.notices import NoticeService
from app.services.platform.jobs import JobKind, enqueue
from app.services.platform.unit_of_work import UnitOfWork

BATCH: Final = 200
NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Joined:
    """Two records of one child: rows with the person key `former` get the person key `child`."""

    former: UUID
    child: UUID


async def settle_transfers(work: UnitOfWork, asked: Mapping[str, Any]) -> list[Joined]:
    """For the worker: settle the transfer or the learner that is named, else everything that is due."""
    work.audit_beyond_units()
    settlement = Settlement(work)
    if "transfer_id" in asked:
        return await settlement.follow(UUID(asked["transfer_id"]))
    if "learner_id" in asked:
        await settlement.readdress(UUID(asked["learner_id"]))
        return []
    await settlement.seek()
    await settlement.review()
    return await settlement.end()


class Settlement:
    """It reaches both sides, and notifies each unit with the ids and codes of its own side only."""

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.transfers = TransferRepository(work.session)
        self.protections = ProtectionRepository(work.session)
        self.units = UnitRepository(work.session)

    async def seek(self) -> None:
        """Look for the other record of each waiting learner, once a day, because a code may be entered later.

        It starts on the day after the enrolment, so that the new unit can first record who may not know where the
        child is.
        """
        arrivals = await self.transfers.unsought(TransferSide.ARRIVAL, self.work.today, BATCH)
        await self.transfers.note_sought([each.id for each in arrivals], self.work.today)
        answered = await self.transfers.with_departure([each.pair_id for each in arrivals])
        open_ones = [each for each in arrivals if each.pair_id not in answered]
        learners = await self.transfers.learners([each.learner_id for each in open_ones])
        found = await self._same(learners)
        for each in open_ones:
            if each.learner_id in found:
                await self._depart(each, learners[each.learner_id], found[each.learner_id])
        await self.work.flush()
        await self._go_on(arrivals, "seek")

    async def review(self) -> None:
        """Once a day, send waiting departures of children who are now protected to the department, and end old ones."""
        departures = await self.transfers.unsought(TransferSide.DEPARTURE, self.work.today, BATCH)
        await self.transfers.note_sought([each.id for each in departures], self.work.today)
        await self._readdress(departures)
        for each in departures:
            if each.waits_until < self.work.today:
                await self._close(each, "expire")
        await self._go_on(departures, "review")

    async def end(self) -> list[Joined]:
        """End arrivals whose last day is over. A denial shows only now, and reads as if no record had been found."""
        joined = list[Joined]()
        arrivals = await self.transfers.expired(self.work.today, BATCH)
        for each in arrivals:
            departure = await self.transfers.other_side(each)
            if departure is not None and departure.state == TransferState.CONFIRMED:
                joined += await self._join(each, departure)
                continue
            await self._close(each, "expire", notify=True)
            if departure is not None and departure.state == TransferState.WAITING:
                await self._close(departure, "expire")
        await self._go_on(arrivals, "end")
        return joined

    async def follow(self, transfer_id: UUID) -> list[Joined]:
        """Bring a confirmation to the new unit, or a withdrawal of the arrival to the old one."""
        sides = await self.transfers.pair_of(transfer_id)
        if len(sides) == len(TransferSide):
            arrival, departure = sides[TransferSide.ARRIVAL], sides[TransferSide.DEPARTURE]
            if (arrival.state, departure.state) == (TransferState.WAITING, TransferState.CONFIRMED):
                return await self._join(arrival, departure)
            if (arrival.state, departure.state) == (TransferState.WITHDRAWN, TransferState.WAITING):
                await self._close(departure, "withdraw")
        return []

    async def readdress(self, learner_id: UUID) -> None:
        """Departures of a child who is protected now go to the department."""
        learner = (await self.transfers.learners([learner_id])).get(learner_id)
        if learner is not None:
            records = await self.protections.records_of(learner.person_id)
            await self._readdress(await self.transfers.waiting_departures(records))

    async def _same(self, learners: Mapping[UUID, Learner]) -> dict[UUID, Learner]:
        """By learner, the record at another unit with the same code, folded name and birth date.

        Of several, the one where the child still is, else the one that the child left last.
        """
        codes = await self.transfers.codes(learners)
        holders = await self.transfers.with_codes({code for _, code in codes})
        others = await self.transfers.learners({each for each, _ in holders})
        by_code = defaultdict[str, list[Learner]](list)
        for each, code in holders:
            by_code[code].append(others[each])
        found = dict[UUID, Learner]()
        for key, code in codes:
            if alike := [each for each in by_code[code] if _is_same(learners[key], each)]:
                found[key] = max(alike, key=lambda one: (one.left_at is None, one.left_at or NEVER, one.id))
        return found

    async def _depart(self, arrival: LearnerTransfer, new: Learner, old: Learner) -> None:
        is_protected = await self._is_protected({old.person_id, new.person_id})
        unit = await self._department(old.org_path) if is_protected else await self.units.get(old.unit_id)
        status = await self._leaving(arrival)
        if unit is None or status is None:
            return
        made = new_id()
        departure = LearnerTransfer(
            id=made,
            unit_id=unit.id,
            org_path=unit.org_path,
            side=TransferSide.DEPARTURE,
            pair_id=arrival.pair_id,
            code=code_of(made),
            learner_id=old.id,
            school_id=old.unit_id,
            status=status,
            moved_on=arrival.moved_on,
            made_on=self.work.today,
            waits_until=arrival.waits_until,
            sought_on=self.work.today,
        )
        self.transfers.add(departure)
        await self.work.flush()
        await self._notify(departure, unit, answered=False)

    async def _leaving(self, arrival: LearnerTransfer) -> str | None:
        """The status by which a learner leaves in the part of the year in which it arrived, if any."""
        codes = await EnrolmentStatusCodeRepository(self.work.session).on(arrival.moved_on)
        parts = {each.code: each.falls_in for each in codes}
        leaving = [each for each in codes if each.movement == "out"]
        return next((each.code for each in leaving if each.falls_in == parts.get(arrival.status)), None)

    async def _join(self, arrival: LearnerTransfer, departure: LearnerTransfer) -> list[Joined]:
        """Make the two records one child's. A mark of protection then holds for both."""
        records = await self.transfers.learners([arrival.learner_id, departure.learner_id])
        new, old = records[arrival.learner_id], records[departure.learner_id]
        joined = [] if new.person_id == old.person_id else [Joined(new.person_id, old.person_id)]
        for each in await self.transfers.waiting_arrivals(arrival.learner_id):
            await self._close(each, "confirm", notify=True)
            other = await self.transfers.other_side(each)
            if other is not None and other.state == TransferState.WAITING:
                await self._close(other, "withdraw")
        for pair in joined:
            await self.transfers.join(pair.former, pair.child)
            if mark := _mark_of([old, new]):
                await self.protections.mark(pair.child, *mark)
        return joined

    async def _readdress(self, departures: Sequence[LearnerTransfer]) -> None:
        arrived = await self.transfers.arrived([each.pair_id for each in departures])
        ids = {*(each.learner_id for each in departures), *arrived.values()}
        learners = await self.transfers.learners(ids)
        for each in departures:
            sides = [learners[key] for key in (each.learner_id, arrived.get(each.pair_id)) if key in learners]
            if not await self._is_protected({one.person_id for one in sides}):
                continue
            department = await self._department(learners[each.learner_id].org_path)
            if department is not None and each.unit_id != department.id:
                each.unit_id, each.org_path = department.id, department.org_path
                await self.work.flush()
                await self._notify(each, department, answered=False)

    async def _is_protected(self, children: Collection[UUID]) -> bool:
        return bool(await self.protections.protected(children, self.work.today))

    async def _department(self, org_path: str) -> Unit | None:
        return await self.units.in_line(org_path, DEPARTMENT)

    async def _close(self, side: LearnerTransfer, act: str, *, notify: bool = False) -> None:
        side.state = TRANSFER_FLOW.step(side.state, act).target
        side.ended_at = self.work.now
        if side.side == TransferSide.ARRIVAL:
            for learner in (await self.transfers.learners([side.learner_id])).values():
                learner.touch()
        await self.work.flush()
        if notify:
            await self._notify(side, await self.units.get(side.unit_id), answered=True)

    async def _notify(self, side: LearnerTransfer, unit: Unit, *, answered: bool) -> None:
        kind = TRANSFER_ANSWERED if answered else TRANSFER_TO_CONFIRM
        await NoticeService(self.work).notify(unit, kind, None, {"transfer_id": str(side.id), "code": side.code})
        await self.work.flush()

    async def _go_on(self, done: Sequence[LearnerTransfer], part: str) -> None:
        if len(done) == BATCH:
            await enqueue(self.work, JobKind.SETTLE_TRANSFERS, f"{part}:{done[-1].id}", {})


def _is_same(new: Learner, old: Learner) -> bool:
    """Neither void nor destroyed, of two units, and alike in name and birth date; the code agrees already."""
    counts = all(each.voided_at is None and each.destroyed_at is None for each in (new, old))
    known = new.folded_name is not None and new.birth_date is not None
    alike = (new.folded_name, new.birth_date) == (old.folded_name, old.birth_date)
    return counts and known and alike and new.unit_id != old.unit_id


def _mark_of(records: Collection[Learner]) -> tuple[date, date | None] | None:
    """The mark of protection that covers those of all records."""
    marks = [(each.protected_from, each.protected_until) for each in records if each.protected_from is not None]
    ends = [until for _, until in marks]
    if not marks:
        return None
    return min(first for first, _ in marks), None if None in ends else max(each for each in ends if each)
