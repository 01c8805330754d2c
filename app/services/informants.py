"""Who told: opened one by one, for a reason, and never without the level above hearing of it."""

from typing import Any
from uuid import UUID

from app.core.notice_kinds import NoticeKind
from app.core.problems import FORBIDDEN, NOT_FOUND
from app.models.incidents import InformantOpening, Intake
from app.repositories.incidents import IntakeRepository
from app.repositories.units import UnitRepository
from app.security.scope import Reason
from app.services.notices import NoticeService
from app.services.work import Work


class InformantService:
    def __init__(self, work: Work) -> None:
        self.work = work
        self.intakes = IntakeRepository(work.session)

    async def open(self, intake_id: UUID, reason: str) -> dict[str, Any]:
        """The informant of an intake. Raises `not_found` (404) where nobody is named, `forbidden` (403) for systems.

        Each look is kept with its reason, and told to the level above the intake's holder.
        """
        intake = await self.intakes.get(intake_id)
        informant = await self.intakes.informant(intake_id)
        if informant is None or informant.identity is None:
            raise NOT_FOUND()
        if not self.work.scope.case_write.holds(intake.org_path):
            raise FORBIDDEN()
        actor = self.work.actor
        self.intakes.add(
            InformantOpening(
                intake_id=intake.id,
                org_path=intake.org_path,
                reason=reason,
                cipher=intake.ciphered,
                opened_at=self.work.now,
                opened_by=actor.id,
                by_role=actor.role,
                by_unit_id=actor.unit_id,
            )
        )
        identity = informant.identity
        await self.work.flush()
        await self._tell_above(intake)
        return identity

    async def openings(self, intake_id: UUID) -> list[InformantOpening]:
        """Every look at who told, in order."""
        await self.intakes.get(intake_id)
        return await self.intakes.openings(intake_id)

    async def _tell_above(self, intake: Intake) -> None:
        data = {"intake_id": str(intake.id), "code": intake.code}
        path = intake.org_path
        async with self.work.widened(Reason.INFORMANT_NOTICE):
            units = UnitRepository(self.work.session)
            unit = await units.above(path) or await units.at(path)
            await NoticeService(self.work).tell(unit, NoticeKind.INFORMANT_OPENED, None, data)
            await self.work.flush()
