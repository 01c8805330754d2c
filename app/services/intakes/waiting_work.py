"""What waits of intakes: those that nobody has taken up, and reporters whose message nobody has read."""

from typing import Final

from app.core.problems import Text
from app.models.intakes.intakes import Intake, IntakeFilter
from app.security.access.roles import Act, Resource
from app.services.intakes.intakes import IntakeService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.platform.waiting_work import FIRST, Waiting, WaitingItem, WaitingWork, waiting_of


async def _not_taken_up(work: UnitOfWork) -> Waiting:
    return await _listed(work, IntakeFilter(linked=False, set_aside=False))


async def _unread(work: UnitOfWork) -> Waiting:
    return await _listed(work, IntakeFilter(unread=True))


async def _listed(work: UnitOfWork, wanted: IntakeFilter) -> Waiting:
    async with work.at_own_unit():
        return waiting_of(await IntakeService(work).page(FIRST, wanted), _item)


def _item(intake: Intake) -> WaitingItem:
    return WaitingItem(intake.id, "get_intake", {"intake_id": intake.id}, intake.code)


WAITING_WORK: Final = (
    WaitingWork(
        "intakes_waiting",
        Text("Tin chờ tiếp nhận, xử lý", "Intakes to take up"),
        Act.DECIDE,
        Resource.INTAKE,
        _not_taken_up,
    ),
    WaitingWork(
        "reporters_waiting",
        Text("Người báo tin chờ trả lời", "Reporters with an unread message"),
        Act.DECIDE,
        Resource.INTAKE,
        _unread,
    ),
)
