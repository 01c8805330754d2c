"""Setting intakes aside: junk, tests and what is reported twice. Each is a row of its own, and can be undone."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.problems import FORBIDDEN, Text, invalid
from app.models.intakes.intakes import Intake, part_of
from app.models.intakes.set_asides import IntakeSetAside
from app.repositories.intakes.intakes import IntakeRepository
from app.repositories.intakes.set_asides import SetAsideRepository
from app.repositories.units import UnitRepository
from app.schemas.intakes.flow import INTAKE_FLOW
from app.schemas.intakes.set_asides import SetAsideIn
from app.services.cases.clocks import ClockService
from app.services.cases.decision_level import is_above, is_superior
from app.services.intakes.notices import INTAKES_SET_ASIDE
from app.services.intakes.waiting import check_movable, check_writable, locked, reports_grave, state_of
from app.services.notices.notices import NoticeService
from app.services.platform.jobs import JobKind, enqueue
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService

REPORTED_TWICE = "reported_twice"
COUNTED_AFTER = timedelta(days=1)
NOT_SET_ASIDE = {
    "linked": Text("Tin đã thuộc một vụ việc: hãy không thụ lý vụ việc", "The intake has an incident: dismiss that"),
    "set_aside_asked": Text("Đang chờ người thứ hai chấp thuận gác lại", "A second person is to approve it"),
}


class SetAsideService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.intakes = IntakeRepository(work.session)
        self.set_asides = SetAsideRepository(work.session)
        self.clocks = ClockService(work)

    async def of_intake(self, intake_id: UUID) -> list[IntakeSetAside]:
        """Every time an intake was set aside, in order, with what was undone."""
        await self.intakes.get(intake_id)
        return await self.set_asides.of_intake(intake_id)

    async def set_aside(self, intake_id: UUID, data: SetAsideIn) -> IntakeSetAside:
        """Set an intake aside; its clocks stop with that as their reason, and its dialogue stays open.

        The level above decides on one that reports child abuse or a child in immediate danger (product, after Decree
        56/2017 art. 28); where no such level works, it stands once a second person of the holder approves it. Raises
        `invalid` (422), `forbidden` (403), `wrong_state` (409) for one with an incident or waiting for a second person,
        `set_aside`, `destroyed` (409).
        """
        await CodeListService(self.work).check(data, self.work.today)
        intake = await locked(self.work, intake_id)
        needs_second = await self._check_set_aside(intake)
        await self._check_same(intake, data)
        actor = self.work.actor
        row = IntakeSetAside(
            **part_of(intake),
            reason=data.reason,
            note=data.note,
            same_as_id=data.same_as_id,
            needs_second=needs_second,
            set_aside_at=self.work.now,
            set_aside_by=actor.id,
            by_role=actor.role,
            by_unit_id=actor.unit_id,
        )
        self.set_asides.add(row)
        if not needs_second:
            await self._stop(intake)
        await self.work.flush()
        return row

    async def approve(self, intake_id: UUID) -> IntakeSetAside:
        """Approve that an intake is set aside, as the second person where no level above the holder works on cases.

        Raises `wrong_state` (409) where nothing waits for it, `forbidden` (403) for the person who set it aside.
        """
        intake = await locked(self.work, intake_id)
        row = await self._waiting(intake)
        row.approved_at, row.approved_by = self.work.now, self.work.actor.id
        await self._stop(intake)
        await self.work.flush()
        return row

    async def undo(self, intake_id: UUID, reason: str) -> IntakeSetAside:
        """Take up an intake again: its clocks run on with the same due times. Raises `wrong_state` (409) otherwise.

        What still waits for a second person is withdrawn.
        """
        intake = await locked(self.work, intake_id)
        row = await self._undoable(intake)
        row.undone_at, row.undone_by, row.undo_reason = self.work.now, self.work.actor.id, reason
        await self.clocks.take_up_again(intake)
        await self.work.flush()
        return row

    async def check_act(self, intake: Intake, act: str) -> None:
        """Refuses to set an intake aside, to approve or to undo it, as the act itself."""
        if act == "set_aside":
            await self._check_set_aside(intake)
        elif act == "approve":
            await self._waiting(intake)
        else:
            await self._undoable(intake)

    async def _check_set_aside(self, intake: Intake) -> bool:
        """Whether a second person is to approve it."""
        await check_movable(self.work, intake)
        state, _ = await state_of(self.work, intake)
        if "set_aside" not in INTAKE_FLOW.open_to(state):
            raise INTAKE_FLOW.refusal(state, NOT_SET_ASIDE[state])
        if not await reports_grave(self.work, intake) or is_superior(self.work, intake):
            return False
        await self._check_level(intake)
        return True

    async def _waiting(self, intake: Intake) -> IntakeSetAside:
        """What the caller may approve."""
        check_writable(self.work, intake)
        state, row = await state_of(self.work, intake)
        if row is None or "approve" not in INTAKE_FLOW.open_to(state):
            raise INTAKE_FLOW.refusal(state)
        if not is_superior(self.work, intake):
            await self._check_level(intake)
        if row.set_aside_by == self.work.actor.id:
            raise FORBIDDEN(Text("Cần người thứ hai chấp thuận", "A second person approves it"))
        return row

    async def _undoable(self, intake: Intake) -> IntakeSetAside:
        check_writable(self.work, intake)
        state, row = await state_of(self.work, intake)
        if row is None or "undo" not in INTAKE_FLOW.open_to(state):
            raise INTAKE_FLOW.refusal(state)
        return row

    async def _check_level(self, intake: Intake) -> None:
        """Raises `forbidden` (403) below a level that decides."""
        if not await is_above(self.work, intake):
            raise FORBIDDEN(Text("Chỉ cấp trên được gác lại tin này", "Only the level above sets this intake aside"))

    async def _stop(self, intake: Intake) -> None:
        await self.clocks.set_aside(intake)
        await self._announce(intake)

    async def _check_same(self, intake: Intake, data: SetAsideIn) -> None:
        if data.same_as_id is None:
            return
        if data.reason != REPORTED_TWICE or data.same_as_id == intake.id:
            raise invalid(
                "/same_as_id",
                "not_the_same",
                "Chỉ nêu tin khác khi tin này trùng với tin đó",
                "Another intake is named only where this one is reported twice",
            )
        if await self.intakes.facts(data.same_as_id) is None:
            raise invalid("/same_as_id", "unknown_intake", "Không có tin này", "There is no such intake")

    async def _announce(self, intake: Intake) -> None:
        """The level above hears how many were set aside, at most once a day, and of none by itself."""
        payload: dict[str, object] = {"unit_id": str(intake.holder_id), "since": self.work.now.isoformat()}
        at = self.work.now + COUNTED_AFTER
        await enqueue(self.work, JobKind.ANNOUNCE_SET_ASIDES, str(intake.holder_id), payload, at)


async def announce_set_asides(work: UnitOfWork, payload: dict[str, Any]) -> None:
    """Notify the level above a unit of the number of intakes that the unit has set aside."""
    units = UnitRepository(work.session)
    unit = await units.get(UUID(payload["unit_id"]))
    since = datetime.fromisoformat(payload["since"])
    count = await SetAsideRepository(work.session).count_since(unit.org_path, since)
    above = await units.above(unit.org_path)
    if count and above is not None:
        data = {"unit_id": str(unit.id), "set_aside": count}
        await NoticeService(work).notify(above, INTAKES_SET_ASIDE, None, data)
        await work.flush()
