"""Intakes on which staff decide, locked, with their incident."""

from uuid import UUID

from app.models.cases.incidents import CHILD_ABUSE
from app.models.intakes.intakes import Intake
from app.models.intakes.set_asides import IntakeSetAside
from app.repositories.intakes.intakes import IntakeRepository
from app.repositories.intakes.messages import MessageRepository
from app.repositories.intakes.set_asides import SetAsideRepository
from app.schemas.intakes.flow import INTAKE_FLOW
from app.schemas.intakes.intakes import IntakeForm
from app.security.access.elevation import ElevationReason
from app.security.crypto.shredded import DESTROYED
from app.services.intakes.problems import SET_ASIDE
from app.services.platform.unit_of_work import UnitOfWork


async def locked(work: UnitOfWork, intake_id: UUID) -> Intake:
    """The intake, locked until commit. Raises `not_found` (404), `forbidden` (403), `destroyed` (409)."""
    intakes = IntakeRepository(work.session)
    await intakes.lock(intake_id)
    intake = await intakes.get(intake_id)
    check_writable(work, intake)
    return intake


async def movable(work: UnitOfWork, intake_id: UUID) -> Intake:
    """The intake, locked until commit. Raises as `locked` does, and `set_aside` (409) for one that is set aside."""
    intake = await locked(work, intake_id)
    await check_movable(work, intake)
    return intake


def check_writable(work: UnitOfWork, intake: Intake) -> None:
    """Raises `forbidden` (403), `destroyed` (409)."""
    work.check_writable(intake)
    if intake.destroyed_at is not None:
        raise DESTROYED()


async def check_movable(work: UnitOfWork, intake: Intake) -> None:
    """Raises as `check_writable`, and `set_aside` (409)."""
    check_writable(work, intake)
    if await SetAsideRepository(work.session).reasons([intake.id]):
        raise SET_ASIDE()


async def incident_of(work: UnitOfWork, intake_id: UUID) -> UUID | None:
    """The incident of an intake, which may be held above it, beyond the caller's line."""
    async with work.elevated(ElevationReason.FOREIGN_INTAKE):
        link = await IntakeRepository(work.session).link_of(intake_id)
        return link.incident_id if link else None


async def state_of(work: UnitOfWork, intake: Intake) -> tuple[str, IntakeSetAside | None]:
    """The state of an intake by its flow, and by which row it is set aside or is to be."""
    row = await SetAsideRepository(work.session).last(intake.id)
    if await incident_of(work, intake.id) is not None:
        return "linked", row
    if row is None:
        return INTAKE_FLOW.initial, None
    return "set_aside" if row.stood_from is not None else "set_aside_asked", row


async def reports_grave(work: UnitOfWork, intake: Intake) -> bool:
    """Whether an intake, or a message of its reporter, reports child abuse or a child in immediate danger."""
    if intake.immediate_danger or IntakeForm.of(intake.content).group == CHILD_ABUSE:
        return True
    return await MessageRepository(work.session).reports_danger(intake.id)
