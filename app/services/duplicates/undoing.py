"""Undoing a merge: events, receipts and custody as they would be without it. Acts beyond the caller's scope."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from app.models.cases.incidents import Incident
from app.models.sharing.grants import CaseGrant
from app.repositories.accounts import UserRepository
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.duplicates.merges import MergeRepository
from app.repositories.intakes.intakes import IntakeRepository
from app.repositories.privacy.subject_requests import SubjectRequestRepository
from app.services.cases.clocks import ClockService, Limits
from app.services.cases.custody import Accused, Custody
from app.services.cases.moves import move
from app.services.duplicates.problems import MERGE_NOT_REVERSIBLE
from app.services.platform.unit_of_work import UnitOfWork

CustodySnapshot = dict[str, dict[str, Any]]
# What moves with the case, by its former holder.
FOLLOWING = ("intakes", "requests")


class MergeUndo:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.merges = MergeRepository(work.session)
        self.incidents = IncidentRepository(work.session)
        self.requests = SubjectRequestRepository(work.session)
        self.intakes = IntakeRepository(work.session)
        self.clocks = ClockService(work)
        self.rule = Custody(work)

    async def custody(self, event: Iterable[Incident]) -> CustodySnapshot:
        """The holder of each incident and of its intakes and requests, and its live shares: ids alone."""
        found: CustodySnapshot = {
            str(each.id): {
                "holder": str(each.holder_id),
                "held_by_superior": each.held_by_superior,
                "returned_at": each.returned_at.isoformat() if each.returned_at else None,
                "grants": [],
                "intakes": {},
                "requests": {},
            }
            for each in event
        }
        ids = [UUID(key) for key in found]
        for grant in await self.merges.live_grants(ids):
            found[str(grant.incident_id)]["grants"].append(str(grant.id))
        for snapshot in found.values():
            snapshot["grants"].sort()
        intakes = await self.merges.intakes_of(ids)
        links = await self.intakes.links([intake.id for intake in intakes])
        for intake in intakes:
            found[str(links[intake.id])]["intakes"][str(intake.id)] = str(intake.holder_id)
        for request in await self.requests.of_incidents(ids):
            found[str(request.incident_id)]["requests"][str(request.id)] = str(request.unit_id)
        return found

    async def diff(self, former: CustodySnapshot) -> CustodySnapshot:
        """The entries of a snapshot that differ now, each with its present holder."""
        one = await self.incidents.get(UUID(next(iter(former))))
        event = await self.incidents.of_event(one.event_id or one.id)
        found: CustodySnapshot = {}
        for key, now in (await self.custody(event)).items():
            was = former[key]
            if was != now:
                revoked = sorted(set(was["grants"]) - set(now["grants"]))
                found[key] = was | {
                    "to": now["holder"],
                    "grants": revoked,
                    **{kind: {k: v for k, v in was[kind].items() if now[kind].get(k) != v} for kind in FOLLOWING},
                }
        return found

    async def separate(self, survivor: Incident, absorbed: Incident) -> None:
        """The absorbed incident is an event of its own again, with what was merged into it before."""
        event = await self.incidents.of_event(absorbed.event_id or survivor.id)
        below = _below(absorbed.id, event)
        absorbed.merged_into_id, absorbed.event_id = None, None
        await self.work.flush()
        await self.merges.move_event(below, absorbed.id)

    async def restore_receipts(self, survivor: Incident, limits: Limits) -> None:
        """Restore the earliest receipt of the survivor, and of what it was merged into since."""
        each: Incident | None = survivor
        while each is not None:
            below = await self.merges.receipts_below(each.id)
            receipt = min([each.received_at_unmerged or each.received_at, *below])
            if receipt != each.received_at:
                await self.clocks.count_back(each, receipt, limits)
            if not below:
                each.received_at_unmerged = None
            await self.work.flush()
            each = await self.incidents.find(each.merged_into_id) if each.merged_into_id else None
            limits = {}

    async def restore_custody(self, kept: CustodySnapshot) -> None:
        """Custody and shares as they were, except where a person accused in what remains forbids it.

        Raises `merge_not_reversible` (409) where a former holder is closed.
        """
        for key, was in kept.items():
            incident = await self.incidents.get(UUID(key))
            former = await self.rule.units.get(UUID(was["holder"]))
            event = await self.incidents.of_event(incident.event_id or incident.id)
            named = await self.incidents.accused_of([each.id for each in event])
            decision = await self.rule.assign(former, [Accused(kind, unit_id) for kind, unit_id in named if unit_id])
            if str(incident.holder_id) == was["to"] != was["holder"] and not decision.above_accused:
                if former.is_closed(self.work.today):
                    raise MERGE_NOT_REVERSIBLE()
                await self._restore_intakes(incident, was["intakes"], was["to"])
                await self._restore_requests(incident, was["requests"], was["to"])
                move(incident, former, self.work.now)
                incident.held_by_superior = was["held_by_superior"]
                incident.returned_at = datetime.fromisoformat(was["returned_at"]) if was["returned_at"] else None
            await self._restore_shares(was["grants"], {unit.id for unit in decision.accused_units})
            await self.work.flush()

    async def _restore_intakes(self, incident: Incident, kept: dict[str, str], raised_to: str) -> None:
        for intake in await self.merges.intakes_of([incident.id]):
            if (holder := kept.get(str(intake.id))) and str(intake.holder_id) == raised_to:
                move(intake, await self.rule.units.get(UUID(holder)), self.work.now)

    async def _restore_requests(self, incident: Incident, kept: dict[str, str], raised_to: str) -> None:
        for request in await self.requests.of_incidents([incident.id]):
            if (holder := kept.get(str(request.id))) and str(request.unit_id) == raised_to:
                move(request, await self.rule.units.get(UUID(holder)), self.work.now)

    async def _restore_shares(self, grant_ids: Collection[str], accused_units: Collection[UUID]) -> None:
        for grant in await self.merges.grants([UUID(grant_id) for grant_id in grant_ids]):
            if grant.ended_at is None and await self._unit_of(grant) not in accused_units:
                grant.revoked_at = None

    async def _unit_of(self, grant: CaseGrant) -> UUID | None:
        if grant.grantee_user_id is None:
            return grant.grantee_unit_id
        user = await UserRepository(self.work.session).find(grant.grantee_user_id)
        return user.unit_id if user else None


def _below(incident_id: UUID, event: Iterable[Incident]) -> set[UUID]:
    """The incidents of an event that were merged into one, directly or through others."""
    rows = list(event)
    found: set[UUID] = set()
    last = {incident_id}
    while last:
        last = {each.id for each in rows if each.merged_into_id in last} - found
        found |= last
    return found
