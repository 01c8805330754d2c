"""Transfers of learners, as the unit of each side sees its own (decision 0014)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.core.paging import Page, PageRequest
from app.core.problems import NOT_FOUND
from app.core.time import start_of
from app.core.vocabulary import TransferSide
from app.models.learners.enrolments import Enrolment
from app.models.learners.learners import Learner
from app.models.learners.transfers import LearnerTransfer, TransferFilter
from app.repositories.learners.enrolments import EnrolmentRepository
from app.repositories.learners.learners import LearnerRepository
from app.repositories.learners.transfers import TransferRepository
from app.schemas.learners.enrolments import StatusIn
from app.schemas.learners.transfers import TRANSFER_FLOW
from app.security.access.elevation import ElevationReason
from app.services.learners.arrivals import settle_soon
from app.services.learners.enrolments import EnrolmentService
from app.services.learners.problems import OWN_ARRIVAL
from app.services.platform.unit_of_work import UnitOfWork
from app.services.school_years.school_years import SchoolYearService


@dataclass(frozen=True, slots=True)
class NamedLearner:
    """What a side shows of its record."""

    learner_code: str | None = None
    full_name: str | None = None
    birth_date: date | None = None


NOBODY = NamedLearner()


class TransferService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.transfers = TransferRepository(work.session)

    async def page(self, page: PageRequest, wanted: TransferFilter) -> Page[LearnerTransfer]:
        return await self.transfers.listed(page, wanted)

    async def get(self, transfer_id: UUID) -> LearnerTransfer:
        """Raises `not_found` (404), also for the other unit's side."""
        return await self.transfers.get(transfer_id)

    async def states_of(self, upload_id: UUID, learner_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """The states of the arrivals that an upload brought, by learner."""
        return await self.transfers.states_of(upload_id, learner_ids)

    async def named(self, transfers: Sequence[LearnerTransfer]) -> Mapping[UUID, NamedLearner]:
        """By learner: the unit's own records, and for the department also those of protected children."""
        own = self.work.actor.unit_id
        elsewhere = {each.learner_id for each in transfers if each.school_id not in {None, own}}
        found = await self._named({each.learner_id for each in transfers} - elsewhere)
        if elsewhere:
            async with self.work.elevated(ElevationReason.LEARNER_TRANSFER):
                found |= await self._named(elsewhere)
        return found

    async def _named(self, ids: set[UUID]) -> dict[UUID, NamedLearner]:
        rows = await self.transfers.learners(ids)
        self.work.audit_view(rows.values())
        return {key: NamedLearner(row.code, row.full_name, row.birth_date) for key, row in rows.items()}

    async def check_act(self, transfer: LearnerTransfer, act: str) -> None:
        """Raises `own_arrival`, `wrong_state` (409)."""
        if transfer.side != TransferSide.DEPARTURE:
            raise OWN_ARRIVAL()
        TRANSFER_FLOW.step(transfer.state, act)

    async def confirm(self, transfer_id: UUID) -> LearnerTransfer:
        """Confirm that the learner left: the enrolment ends with `status` on the day, and the record stays.

        The worker notifies the new unit. Raises `not_found` (404), `own_arrival`, `wrong_state` (409).
        """
        transfer = await self._decided(transfer_id, "confirm")
        async with self._at_record(transfer):
            learner = await LearnerRepository(self.work.session).get(transfer.learner_id)
            await self._leave(learner, transfer.status, transfer.moved_on)
        await settle_soon(self.work, transfer_id=transfer_id)
        return await self.transfers.get(transfer_id)

    async def deny(self, transfer_id: UUID, because: str) -> LearnerTransfer:
        """Deny it. The new unit reads the same, at the same time, as for a child who is known nowhere.

        Raises as `confirm`.
        """
        transfer = await self._decided(transfer_id, "deny")
        transfer.denied_because = because
        await self.work.flush()
        return transfer

    async def _decided(self, transfer_id: UUID, act: str) -> LearnerTransfer:
        transfer = await self.transfers.lock(transfer_id)
        if transfer is None:
            raise NOT_FOUND()
        await self.check_act(transfer, act)
        transfer.state = TRANSFER_FLOW.step(transfer.state, act).target
        transfer.ended_at, transfer.decided_by = self.work.now, self.work.actor.id
        await self.work.flush()
        return transfer

    @asynccontextmanager
    async def _at_record(self, transfer: LearnerTransfer) -> AsyncIterator[None]:
        """Act at the unit that has the record: the department answers for a record of another unit."""
        if transfer.school_id == self.work.actor.unit_id:
            yield
            return
        async with self.work.elevated(ElevationReason.LEARNER_TRANSFER):
            yield

    async def _leave(self, learner: Learner, status: str, day: date) -> None:
        """End the last enrolment that has not ended; nothing changes where the unit has already recorded the end."""
        enrolments = await EnrolmentRepository(self.work.session).of_learner(learner.id)
        present = [each for each in enrolments if each.left_on is None and each.voided_at is None]
        if present:
            service, last = EnrolmentService(self.work), present[-1]
            change = StatusIn(status=status, valid_from=await self._day(last, day))
            await service.change(learner, await service.get(learner, last.id), change)
        learner.left_at = learner.left_at or start_of(day)
        await self.work.flush()

    async def _day(self, enrolment: Enrolment, day: date) -> date:
        """The day of the new status: within the school year, and not before the last status."""
        last = (await SchoolYearService(self.work).get(enrolment.school_year)).last_day
        return max(enrolment.status_on, min(day, last or day))
