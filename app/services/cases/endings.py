"""How an incident ends: assessed first, decided by the level above where it is grave, and announced there."""

from uuid import UUID

from app.core.problems import FORBIDDEN
from app.models.cases.incidents import SCHOOL_VIOLENCE, Incident
from app.repositories.cases.child_cases import CaseRepository
from app.repositories.cases.incidents import IncidentRepository
from app.schemas.cases.incidents import IncidentTransitionIn
from app.schemas.proposals import GuardedAct
from app.security.access.elevation import ElevationReason
from app.services.cases.announcements import announce
from app.services.cases.closure_requirements import ClosureRequirements
from app.services.cases.decision_level import check_decided, is_above, is_grave
from app.services.cases.notices import ENDED
from app.services.cases.problems import CASE_REQUIRED, OPEN_CASES, SEVERITY_NOT_ASSESSED
from app.services.platform.unit_of_work import UnitOfWork


class Endings:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.requirements = ClosureRequirements(work)

    async def check(self, incident: Incident, data: IncidentTransitionIn, proposed_by: UUID | None) -> dict[str, str]:
        """The codes of an ending. A case that nobody assessed does not end: nobody knows yet whether it is grave.
        A severity that a merge brought is an assessment of another one.

        Raises `severity_not_assessed`, `proposal_required`, `open_cases`, `case_required` (409), `forbidden` (403).
        """
        if not await IncidentRepository(self.work.session).is_assessed(incident.id):
            raise SEVERITY_NOT_ASSESSED()
        if data.action == GuardedAct.DISMISS:
            await check_decided(self.work, incident, GuardedAct.DISMISS, proposed_by)
            return _coded(data.coded_reason, None)
        exemption = await self._exemption(incident, data.without_case)
        if not await self.requirements.are_decided_above(incident):
            await check_decided(self.work, incident, GuardedAct.CLOSE, proposed_by)
        return _coded(data.coded_reason, exemption)

    async def _exemption(self, incident: Incident, exemption: str | None) -> str | None:
        """Every victim was helped (Decree 56/2017 art. 30.1b), or the level above gives the reason why one has no case.

        Returns the code of that reason where one was required.
        """
        await self.check_helped(incident, exemption)
        if await self.requirements.are_met(incident):
            return None
        if not await is_above(self.work, incident):
            raise FORBIDDEN()
        return exemption

    async def check_helped(self, incident: Incident, exemption: str | None) -> None:
        """Every victim was helped, or a reason says why one has no case. Raises `open_cases`, `case_required` (409)."""
        if await self._has_open_cases(incident):
            raise OPEN_CASES()
        if exemption is None and not await self.requirements.are_met(incident):
            raise CASE_REQUIRED()

    async def _has_open_cases(self, incident: Incident) -> bool:
        """Also of the incidents merged into it: their children's cases continue where they are."""
        cases = CaseRepository(self.work.session)
        if not incident.is_part_of_merge:
            return await cases.count_open([incident.id]) > 0
        async with self.work.elevated(ElevationReason.MERGED_EVENT):
            event = await IncidentRepository(self.work.session).of_event(incident.id)
            return await cases.count_open([each.id for each in event]) > 0

    async def announce(self, incident: Incident, coded_reason: str | None) -> None:
        """Announce every dismissal, and the closing of a grave case or one of school violence."""
        is_announced = incident.state == "dismissed" or incident.group == SCHOOL_VIOLENCE
        if is_announced or await is_grave(self.work, incident):
            await announce(self.work, incident, ENDED, {"state": incident.state, "reason": coded_reason})


def _coded(reason: str | None, exemption: str | None) -> dict[str, str]:
    codes = {"reason_code": reason, "without_case": exemption}
    return {name: code for name, code in codes.items() if code is not None}
