"""Sharing of an incident outside its scope: grantee, tier and expiry."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from app.core.problems import NOT_FOUND, invalid
from app.core.scoping import Tier
from app.models.cases.events import CaseEvent
from app.models.cases.incidents import Incident, part_of
from app.models.sharing.grants import CaseGrant
from app.repositories.accounts import UserRepository
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.sharing.grants import GrantRepository
from app.schemas.sharing.grants import GrantIn
from app.security.access.elevation import ElevationReason
from app.services.cases.custody import Custody
from app.services.cases.incidents import IncidentService
from app.services.notices.notices import NoticeService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.sharing.events import SharingEvent
from app.services.sharing.notices import CASE_SHARED

LONGEST = timedelta(days=366)


class SharingService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.incidents = IncidentRepository(work.session)
        self.repository = GrantRepository(work.session)
        self.users = UserRepository(work.session)
        self.custody = Custody(work)

    async def grants(self, incident: Incident) -> list[CaseGrant]:
        return await self.repository.of_incident(incident.id)

    async def share(self, incident: Incident, data: GrantIn) -> CaseGrant:
        """Grant the incident to a unit, or a user in the caller's scope, for at most a year; never to an accused unit.

        Raises `merged` (409), `invalid` (422).
        """
        await IncidentService(self.work).check_takes_writes(incident)
        if not self.work.now < data.expires_at <= self.work.now + LONGEST:
            raise invalid("/expires_at", "expiry_out_of_range", "Hạn chia sẻ tối đa một năm", "Within a year from now")
        if data.tier > self.work.actor.case_tier:
            raise invalid("/tier", "tier_beyond_own", "Không thể chia sẻ quá mức của mình", "Not beyond your own tier")
        unit_id = await self._unit_of_grantee(data)
        await self.incidents.lock(incident.id)
        if unit_id in await self.accused_units(incident):
            raise invalid(
                "", "grantee_is_accused", "Đơn vị này có người bị phản ánh", "Somebody of this unit is accused"
            )
        grant = CaseGrant(
            **part_of(incident),
            created_at=self.work.now,
            created_by=self.work.actor.id,
            **data.model_dump(),
        )
        self.repository.add(grant)
        # The grantee is only in the grant, because other partners read the timeline.
        data_of_event = {"tier": int(Tier(data.tier)), "grant_id": str(grant.id)}
        IncidentService(self.work).add_event(incident, SharingEvent.SHARED, data_of_event)
        await self.work.flush()
        if data.grantee_unit_id is not None:
            await NoticeService(self.work).notify_beyond(
                data.grantee_unit_id, CASE_SHARED, incident.id, {"tier": data.tier}
            )
        elif data.grantee_user_id is not None:
            await NoticeService(self.work).notify_person(
                data.grantee_user_id, unit_id, CASE_SHARED, incident.id, {"tier": data.tier}
            )
        return grant

    async def revoke(self, incident: Incident, grant_id: UUID) -> None:
        """End a grant at once. Idempotent."""
        grant = await self.repository.grant(incident.id, grant_id)
        if grant is None:
            raise NOT_FOUND()
        if grant.ended_at is None:
            grant.revoked_at, grant.ended_at = grant.revoked_at or self.work.now, self.work.now
            IncidentService(self.work).add_event(incident, CaseEvent.SHARE_REVOKED, {"grant_id": str(grant.id)})
        await self.work.flush()

    async def _unit_of_grantee(self, data: GrantIn) -> UUID:
        if data.grantee_user_id is not None:
            user = await self.users.find(data.grantee_user_id)
            if user is None:
                raise invalid("/grantee_user_id", "unknown_user", "Không có người dùng này", "There is no such user")
            return user.unit_id
        return (await self.custody.unit(data.grantee_unit_id or self.work.actor.unit_id, "/grantee_unit_id")).id

    async def accused_units(self, incident: Incident) -> set[UUID | None]:
        """Units of the accused in all merged incidents, and the successors of those units.

        Cleared ones too, until the case has come down: a share would open what came before.
        """
        named, cleared = await self._accused(incident)
        if incident.returned_at is None:
            named |= cleared
        return named | await self.custody.units.successors([unit_id for unit_id in named if unit_id])

    async def _accused(self, incident: Incident) -> tuple[set[UUID | None], set[UUID]]:
        """The units of those accused, and of those cleared, in the incident or in any of its event."""
        if not incident.is_part_of_merge:
            return await self._units_in([incident.id])
        async with self.work.elevated(ElevationReason.ACCUSED_ROUTING):
            event = await self.incidents.of_event(incident.event_id or incident.id)
            return await self._units_in([member.id for member in event])

    async def _units_in(self, incident_ids: Sequence[UUID]) -> tuple[set[UUID | None], set[UUID]]:
        accused = {unit_id for _, unit_id in await self.incidents.accused_of(incident_ids)}
        return accused, await self.incidents.cleared_of(incident_ids)
