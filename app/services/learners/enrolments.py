"""Enrolments: nobody is removed; entering, moving class and leaving are dated statuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.core.database import ConstraintError
from app.core.problems import NOT_FOUND, invalid
from app.core.time import start_of
from app.models.learners.classes import SchoolClass
from app.models.learners.enrolments import Enrolment, EnrolmentStatus, EnrolmentStatusCode
from app.models.learners.learners import Learner
from app.models.learners.transfers import LearnerTransfer
from app.repositories.learners.classes import ClassRepository
from app.repositories.learners.enrolments import EnrolmentRepository, EnrolmentStatusCodeRepository
from app.repositories.learners.transfers import TransferRepository
from app.schemas.learners.enrolments import EnrolmentIn, StatusIn
from app.services.learners.arrivals import note_arrival
from app.services.learners.problems import ALREADY_ENROLLED, EARLIER_STATUS, unknown
from app.services.learners.registry import part
from app.services.learners.rolls import rolls_changed
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService


@dataclass(frozen=True, slots=True)
class DatedEnrolment:
    """An enrolment with its statuses in order, and the arrival that waits or waited for a confirmation."""

    enrolment: Enrolment
    statuses: Sequence[EnrolmentStatus]
    arrival: LearnerTransfer | None


class EnrolmentService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.enrolments = EnrolmentRepository(work.session)
        self.classes = ClassRepository(work.session)
        self.codes = EnrolmentStatusCodeRepository(work.session)

    async def status_codes(self, day: date) -> list[EnrolmentStatusCode]:
        return await self.codes.on(day)

    async def of(self, learner: Learner) -> list[DatedEnrolment]:
        return await self._dated(await self.enrolments.of_learner(learner.id))

    async def get(self, learner: Learner, enrolment_id: UUID) -> DatedEnrolment:
        found = await self.enrolments.of(learner.id, enrolment_id)
        if found is None:
            raise NOT_FOUND()
        return (await self._dated([found]))[0]

    async def enter(self, learner: Learner, data: EnrolmentIn) -> DatedEnrolment:
        """Enrol in the school year of a class. Raises `invalid` (422), `already_enrolled` (409)."""
        await CodeListService(self.work).check(data, data.entered_on)
        row = await self._class(data.class_id)
        enrolment = Enrolment(
            learner_id=learner.id,
            school_year=row.school_year,
            start_class_id=row.id,
            class_id=row.id,
            status=data.status,
            status_on=data.entered_on,
            entered_on=data.entered_on,
            left_on=None if await self._is_present(data.status, data.entered_on) else data.entered_on,
            **part(self.work),
        )
        self.enrolments.add(enrolment)
        try:
            await self.work.flush()
        except ConstraintError as error:
            raise ALREADY_ENROLLED() from error
        return await self._noted(learner, enrolment, None)

    async def change(self, learner: Learner, found: DatedEnrolment, data: StatusIn) -> DatedEnrolment:
        """Record a status, a class or both from a day on.

        Raises `invalid` (422) for a class of another year and where nothing changes, `earlier_status` (409).
        """
        await CodeListService(self.work).check(data, data.valid_from)
        enrolment, former_status = found.enrolment, found.enrolment.status
        status, class_id = data.status or enrolment.status, data.class_id or enrolment.class_id
        if (status, class_id) == (enrolment.status, enrolment.class_id):
            raise invalid("/status", "no_change", "Chưa nêu thay đổi nào", "It changes nothing")
        if data.valid_from < enrolment.status_on:
            raise EARLIER_STATUS()
        if data.class_id is not None and (await self._class(class_id)).school_year != enrolment.school_year:
            raise invalid("/class_id", "other_year", "Lớp của năm học khác", "The class is of another school year")
        is_present = await self._is_present(status, data.valid_from)
        enrolment.status, enrolment.class_id, enrolment.status_on = status, class_id, data.valid_from
        enrolment.left_on = None if is_present else enrolment.left_on or data.valid_from
        enrolment.edited_at = self.work.now
        for former in found.statuses:
            former.valid_to = former.valid_to or data.valid_from
        return await self._noted(learner, enrolment, former_status)

    async def _noted(self, learner: Learner, enrolment: Enrolment, former: str | None) -> DatedEnrolment:
        """The enrolment with its new status, and since when the learner is not present."""
        self.enrolments.add(dated_status(self.work, enrolment))
        await self.work.flush()
        await note_arrival(self.work, enrolment, former)
        if await self.enrolments.is_present(learner.id):
            learner.left_at = None
        else:
            learner.left_at = learner.left_at or start_of(enrolment.status_on)
        learner.touch()
        await self.work.flush()
        await rolls_changed(self.work, learner.unit_id)
        return (await self._dated([enrolment]))[0]

    async def _class(self, class_id: UUID) -> SchoolClass:
        """A class of the unit. Raises `invalid` (422)."""
        row = await self.classes.find(class_id)
        if row is None or row.voided_at is not None:
            raise unknown("/class_id")
        return row

    async def _is_present(self, status: str, day: date) -> bool:
        return any(each.is_present for each in await self.codes.on(day) if each.code == status)

    async def _dated(self, enrolments: Sequence[Enrolment]) -> list[DatedEnrolment]:
        ids = [each.id for each in enrolments]
        statuses = await self.enrolments.statuses(ids)
        arrivals = await TransferRepository(self.work.session).of_enrolments(ids)
        return [
            DatedEnrolment(each, [one for one in statuses if one.enrolment_id == each.id], arrivals.get(each.id))
            for each in enrolments
        ]


def dated_status(work: UnitOfWork, enrolment: Enrolment) -> EnrolmentStatus:
    """The status and class that an enrolment has now, from the day since when."""
    return EnrolmentStatus(
        enrolment_id=enrolment.id,
        learner_id=enrolment.learner_id,
        org_path=enrolment.org_path,
        status=enrolment.status,
        class_id=enrolment.class_id,
        **dated(work, enrolment.status_on),
    )


def dated(work: UnitOfWork, day: date) -> dict[str, Any]:
    """The columns of a dated status that say since when it holds, and who recorded it."""
    return {"valid_from": day, "recorded_at": work.now, "recorded_by": work.actor.id}
