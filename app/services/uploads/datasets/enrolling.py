"""The enrolments of uploaded learners: class and status in the school year, as dated statuses."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from app.core.ids import new_id
from app.core.time import start_of
from app.integrations.tables.faults import Fault, define_fault
from app.integrations.tables.reading import TypedRow
from app.models.learners.classes import SchoolClass
from app.models.learners.enrolments import Enrolment, EnrolmentStatus
from app.models.learners.learners import Learner
from app.models.learners.transfers import LearnerTransfer
from app.repositories.learners.enrolments import EnrolmentRepository, EnrolmentStatusCodeRepository
from app.repositories.uploads.registry import RegistryRepository
from app.services.learners.arrivals import arrival, coming, withdraw
from app.services.learners.enrolments import dated, dated_status
from app.services.learners.registry import code_key
from app.services.platform.unit_of_work import UnitOfWork
from app.services.school_years.school_years import SchoolYearService
from app.services.uploads.datasets.records import NewRows, entered, plain, restored

LEARNING: Final = "01"
IDS: Final = frozenset({"enrolment_id", "status_id", "transfer_id"})
UNKNOWN_CLASS: Final = define_fault(
    "unknown_class", "Đơn vị không có lớp này trong năm học", "The unit has no such class in the school year"
)
CLASS_NEEDED: Final = define_fault(
    "class_needed", "Cần mã lớp để ghi danh học sinh", "A class is needed to enrol the learner"
)
STATUS_EARLIER: Final = define_fault(
    "status_earlier", "Ngày này trước trạng thái đã ghi gần nhất", "The day is before that of the last recorded status"
)
STATUS_OUTSIDE_YEAR: Final = define_fault(
    "status_outside_year", "Ngày nằm ngoài năm học", "The day lies outside the school year"
)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a row puts its learner in the school year; without a `class_id` it says nothing of it."""

    enrolment: Enrolment | None
    class_id: UUID | None
    status: str
    day: date
    faults: tuple[Fault, ...] = ()

    @property
    def changes(self) -> bool:
        if self.class_id is None:
            return False
        found = self.enrolment
        if found is None or found.voided_at is not None:
            return True
        return (found.class_id, found.status) != (self.class_id, self.status)

    @property
    def moves(self) -> bool:
        """Whether an enrolled learner would change class or status."""
        return self.changes and self.enrolment is not None and self.enrolment.voided_at is None

    @property
    def is_edited(self) -> bool:
        return self.enrolment is not None and self.enrolment.edited_at is not None


class Enroller:
    """The classes of the school year, and the enrolments in it of a part's learners."""

    def __init__(self, work: UnitOfWork, school_year: str, upload_id: UUID) -> None:
        self.work = work
        self.upload_id = upload_id
        self.rows = NewRows(work)
        self.year = school_year
        self.registry = RegistryRepository(work.session)
        self._classes: dict[str, SchoolClass] = {}
        self._enrolments: dict[UUID, Enrolment] = {}
        self._statuses: dict[UUID, list[EnrolmentStatus]] = {}
        self._present: frozenset[str] = frozenset()
        self._coming: frozenset[str] = frozenset()
        self._first = self._today = work.today
        self._last: date | None = None

    async def load(self, learners: Sequence[Learner], *, writes: bool) -> None:
        classes = await self.registry.classes(self.work.actor.unit_id, self.year)
        self._classes = {each.folded_code: each for each in classes if each.voided_at is None}
        found = await self.registry.enrolments(self.year, {each.id for each in learners})
        self._enrolments = {each.learner_id: each for each in found}
        for status in await self.registry.last_statuses([each.id for each in found if writes]):
            self._statuses.setdefault(status.enrolment_id, []).append(status)
        codes = await EnrolmentStatusCodeRepository(self.work.session).on(self.work.today)
        self._present = frozenset(each.code for each in codes if each.is_present)
        self._coming = coming(codes)
        dated = await SchoolYearService(self.work).get(self.year)
        self._first, self._last = dated.year.starts_on, dated.last_day
        self._today = max(self._first, min(self.work.today, self._last or self.work.today))

    def place(self, learner: Learner | None, row: TypedRow) -> Placement:
        """Where the row puts its learner, or what is wrong with that."""
        enrolment = self._enrolments.get(learner.id) if learner is not None else None
        status, day = row.values.get("status"), row.values.get("status_on")
        code = row.values.get("class_code")
        found = self._classes.get(code_key(str(code))) if code is not None else None
        class_id = found.id if found is not None else enrolment.class_id if enrolment is not None else None
        faults = tuple(self._faults(row, enrolment, found))
        said = str(status) if status is not None else enrolment.status if enrolment is not None else LEARNING
        names_any = code is not None or status is not None
        return Placement(
            enrolment, class_id if names_any else None, said, day if isinstance(day, date) else self._today, faults
        )

    def _faults(self, row: TypedRow, enrolment: Enrolment | None, found: SchoolClass | None) -> list[Fault]:
        values, faults = row.values, list[Fault]()
        if "class_code" in values and found is None:
            faults.append(Fault(UNKNOWN_CLASS, "class_code"))
        if "class_code" not in values and "status" in values and enrolment is None:
            faults.append(Fault(CLASS_NEEDED, "class_code"))
        day = values.get("status_on")
        if isinstance(day, date):
            if day < self._first or (self._last is not None and day > self._last):
                faults.append(Fault(STATUS_OUTSIDE_YEAR, "status_on"))
            elif enrolment is not None and day < enrolment.status_on:
                faults.append(Fault(STATUS_EARLIER, "status_on"))
        return faults

    def left_at(self, placement: Placement, former: datetime | None) -> datetime | None:
        """Since when a learner is away once it is placed so."""
        return None if placement.status in self._present else former or start_of(_day_of(placement))

    def enrol(self, learner_id: UUID, placement: Placement) -> dict[str, object]:
        """Write the enrolment with its dated status; what it held before."""
        if placement.enrolment is None:
            return self._add(learner_id, placement)
        return self._move(placement.enrolment, placement)

    def _move(self, found: Enrolment, placement: Placement) -> dict[str, object]:
        class_id, day = _class_of(placement), _day_of(placement)
        names = ("class_id", "status", "status_on", "left_on", "voided_at", "edited_at")
        before = {name: _plain(getattr(found, name)) for name in names} | {"enrolment_id": str(found.id)}
        before |= self._arrive(found.learner_id, found.id, placement, found.status)
        found.class_id, found.status, found.status_on = class_id, placement.status, day
        found.voided_at = found.edited_at = None
        found.left_on = None if placement.status in self._present else found.left_on or day
        for former in self._statuses.get(found.id, ()):
            former.valid_to = day
        status = dated_status(self.work, found)
        self.registry.add(status)
        self._statuses[found.id] = [status]
        return before | {"status_id": str(status.id)}

    def _add(self, learner_id: UUID, placement: Placement) -> dict[str, object]:
        class_id, day, made = _class_of(placement), _day_of(placement), new_id()
        place = {"learner_id": learner_id, "class_id": class_id, "status": placement.status}
        enrolment = {
            "id": made,
            "school_year": self.year,
            "start_class_id": class_id,
            "status_on": day,
            "entered_on": day,
            "left_on": None if placement.status in self._present else day,
            **place,
            **entered(self.work),
        }
        status = {"id": new_id(), "enrolment_id": made, **place, **dated(self.work, day)}
        self.rows.add(Enrolment, enrolment)
        self.rows.add(EnrolmentStatus, {**status, "org_path": self.work.actor.org_path})
        arrived = self._arrive(learner_id, made, placement, None)
        return {"enrolment_id": str(made), "status_id": str(status["id"]), **arrived}

    def _arrive(
        self, learner_id: UUID, enrolment_id: UUID, placement: Placement, former: str | None
    ) -> dict[str, object]:
        """Add the arrival of a learner who came from another school, whether or not any unit knows the child."""
        if placement.status not in self._coming or former in self._coming:
            return {}
        made = arrival(self.work, learner_id, enrolment_id, placement.status, _day_of(placement), self.upload_id)
        self.rows.add(LearnerTransfer, made)
        return {"transfer_id": str(made["id"])}


def _day_of(placement: Placement) -> date:
    """A status is no earlier than the one before it."""
    found = placement.enrolment
    return placement.day if found is None else max(placement.day, found.status_on)


def _class_of(placement: Placement) -> UUID:
    assert placement.class_id is not None  # noqa: S101 — asked for what changes alone
    return placement.class_id


async def unenrol(work: UnitOfWork, written: Sequence[Mapping[str, Any]]) -> None:
    """Undo what `enrol` wrote, the last first: each status is void, and the one before it holds on."""
    enrolments = EnrolmentRepository(work.session)
    found = await enrolments.by_ids({UUID(before["enrolment_id"]) for before in written})
    statuses = defaultdict[UUID, list[EnrolmentStatus]](list)
    for status in await enrolments.statuses(found):
        statuses[status.enrolment_id].append(status)
    for before in written:
        enrolment = found[UUID(before["enrolment_id"])]
        _end_status(statuses[enrolment.id], UUID(before["status_id"]), work.now)
        if "transfer_id" in before:
            await withdraw(work, UUID(before["transfer_id"]))
        _restore(enrolment, before, work.now)


def _end_status(statuses: list[EnrolmentStatus], status_id: UUID, now: datetime) -> None:
    """The statuses of an enrolment that count, in order."""
    for status in statuses:
        if status.id == status_id:
            status.voided_at = now
    statuses[:] = [status for status in statuses if status.id != status_id]
    if statuses:
        statuses[-1].valid_to = None


def _restore(enrolment: Enrolment, before: Mapping[str, Any], now: datetime) -> None:
    values = {name: value for name, value in before.items() if name not in IDS}
    if values:
        restored(enrolment, values)
    else:
        enrolment.voided_at = now
        enrolment.left_on = enrolment.left_on or enrolment.status_on
    enrolment.touch()


def _plain(value: object) -> object:
    return str(value) if isinstance(value, UUID) else plain(value)
