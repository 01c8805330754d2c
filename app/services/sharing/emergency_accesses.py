"""Emergency access ("break-glass"): immediate access to a case for a child in danger, always with a notice.

Staff of the department's units open a case by its code, for hours, with a reason. The holder and the level above are
notified in the same transaction, a review has a deadline, and the units of the accused have no access.
"""

from datetime import timedelta
from uuid import UUID

from app.core.problems import (
    DUPLICATE,
    FORBIDDEN,
    NOT_FOUND,
    TOO_MANY_REQUESTS,
)
from app.models.cases.incidents import Incident, part_of
from app.models.sharing.emergency_accesses import EmergencyAccess
from app.models.sharing.grants import CaseGrant
from app.repositories.accounts import UserRepository
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.sharing.emergency_accesses import EmergencyAccessRepository
from app.repositories.units import UnitRepository
from app.schemas.sharing.flow import EMERGENCY_ACCESS_FLOW
from app.security.access.elevation import ElevationReason
from app.services.cases.incidents import IncidentService
from app.services.notices.notices import NoticeService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.sharing.events import SharingEvent
from app.services.sharing.grants import SharingService
from app.services.sharing.notices import EMERGENCY_ACCESS_OPENED, EMERGENCY_ACCESS_REVIEWED

DAY = timedelta(days=1)


class EmergencyAccessService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.accesses = EmergencyAccessRepository(work.session)
        self.incidents = IncidentRepository(work.session)
        self.units = UnitRepository(work.session)
        self.users = UserRepository(work.session)

    async def open(self, code: str, reason: str) -> EmergencyAccess:
        """Open the incident of a code to the caller, up to the caller's own tier.

        Raises `not_found` (404) for an unknown code, another department's code, and if the caller's present or former
        unit is accused; `duplicate` (409) if the caller has access already; `too_many_requests` (429) beyond the daily
        limit for every code, so that guesses cannot reveal existing codes.
        """
        await self._check_rate()
        if await self.incidents.by_code(code) is not None:
            raise DUPLICATE()
        async with self.work.elevated(ElevationReason.BREAK_GLASS):
            incident = await self.incidents.by_code(code)
            if incident is None or not await self._may_know(incident):
                raise NOT_FOUND()
            return await self._open(await self.incidents.get(incident.id), reason)

    async def of_incident(self, incident: Incident) -> list[EmergencyAccess]:
        return await self.accesses.of_incident(incident.id)

    async def get(self, access_id: UUID) -> EmergencyAccess:
        return await self.accesses.get(access_id)

    async def review(self, access: EmergencyAccess, text: str, *, is_justified: bool) -> EmergencyAccess:
        """Review an access. An unjustified one ends at once, with a notice to the unit of its user.

        Raises `forbidden` (403) for its own user, `wrong_state` (409) after a review.
        """
        incidents = IncidentService(self.work)
        incidents.check_own(access)
        if access.opened_by == self.work.actor.id:
            raise FORBIDDEN()
        EMERGENCY_ACCESS_FLOW.step("opened" if access.reviewed_at is None else "reviewed", "review", text)
        access.reviewed_at, access.reviewed_by = self.work.now, self.work.actor.id
        access.is_justified, access.review = is_justified, text
        incident = await incidents.get(access.incident_id)
        data = {"access_id": str(access.id), "is_justified": is_justified}
        await incidents.record_event(incident, SharingEvent.EMERGENCY_ACCESS_REVIEWED, data)
        if not is_justified:
            await SharingService(self.work).revoke(incident, access.grant_id)
            await NoticeService(self.work).notify_beyond(access.by_unit_id, EMERGENCY_ACCESS_REVIEWED, None, data)
        await self.work.flush()
        return access

    async def _may_know(self, incident: Incident) -> bool:
        actor = self.work.actor
        department = await self.units.in_line(actor.org_path, "department")
        if department is None or not incident.org_path.startswith(department.org_path):
            return False
        accused = await SharingService(self.work).accused_units(incident)
        return accused.isdisjoint({actor.unit_id, *actor.former_units})

    async def _check_rate(self) -> None:
        most = self.work.runtime.settings.emergency_accesses_per_day
        async with self.work.elevated(ElevationReason.BREAK_GLASS):
            # Concurrent requests of one account are counted one by one.
            await self.users.locked(self.work.actor.id)
            nth_latest = await self.accesses.nth_latest(most, self.work.actor.id)
        if nth_latest is not None and nth_latest > self.work.now - DAY:
            wait = (nth_latest + DAY - self.work.now).total_seconds()
            raise TOO_MANY_REQUESTS(headers={"Retry-After": str(int(wait) + 1)})

    async def _open(self, incident: Incident, reason: str) -> EmergencyAccess:
        actor, now = self.work.actor, self.work.now
        expires = now + timedelta(minutes=self.work.runtime.settings.emergency_access_minutes)
        grant = CaseGrant(
            **part_of(incident),
            grantee_user_id=actor.id,
            tier=int(actor.case_tier),
            reason=reason,
            created_at=now,
            created_by=actor.id,
            expires_at=expires,
        )
        access = EmergencyAccess(
            **part_of(incident),
            grant_id=grant.id,
            opened_at=now,
            opened_by=actor.id,
            by_role=actor.role,
            by_unit_id=actor.unit_id,
            expires_at=expires,
            reason=reason,
        )
        self.accesses.add(grant)
        self.accesses.add(access)
        data = {"access_id": str(access.id), "by_role": str(actor.role), "by_unit_id": str(actor.unit_id)}
        await IncidentService(self.work).record_event(incident, SharingEvent.EMERGENCY_ACCESS_OPENED, data)
        notice = data | {"code": incident.code}
        await NoticeService(self.work).notify_line(incident.org_path, EMERGENCY_ACCESS_OPENED, incident.id, notice)
        await self.work.flush()
        return access
