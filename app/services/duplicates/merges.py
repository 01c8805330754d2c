"""Merging incidents of one event, and undoing a merge. Neither incident is lost (domain edge case 2)."""

from typing import Any
from uuid import UUID

from app.core.problems import NOT_FOUND, Text, invalid
from app.models.cases.incidents import Incident, part_of
from app.models.duplicates import IncidentMerge
from app.repositories.cases.exemptions import ExemptionRepository
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.duplicates.merges import MergeRepository
from app.schemas.cases.flows import INCIDENT_FLOW
from app.schemas.duplicates.flow import MERGE_FLOW
from app.schemas.proposals import GuardedAct
from app.security.access.elevation import ElevationReason
from app.services.cases.clocks import ClockService
from app.services.cases.decision_level import check_decided, is_grave
from app.services.cases.incidents import ENDED, IncidentService
from app.services.cases.persons import PersonService
from app.services.cases.problems import SEVERITY_NOT_ASSESSED
from app.services.duplicates.events import MergeEvent
from app.services.duplicates.gravity import Gravity
from app.services.duplicates.problems import EXEMPTION_UNDECIDED
from app.services.duplicates.undoing import MergeUndo
from app.services.platform.unit_of_work import UnitOfWork

MERGED_BEFORE = Text("Một trong hai vụ việc đã được gộp", "One of both was merged before")
SURVIVOR_ENDED = Text(
    "Không gộp vụ việc đang mở vào vụ việc đã kết thúc", "An open incident does not end in an ended one"
)


class MergeService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.merges = MergeRepository(work.session)
        self.incidents = IncidentRepository(work.session)
        self.service = IncidentService(work)
        self.clocks = ClockService(work)
        self.undoing = MergeUndo(work)
        self.gravity = Gravity(work)

    async def pair(self, survivor_id: UUID, absorbed_id: UUID) -> tuple[Incident, Incident]:
        """Both incidents, locked. Raises `not_found` (404), `forbidden` (403) for one only shared with the caller.

        The locks precede the reads: of two merges at once the second reads the result of the first.
        """
        await self.incidents.lock(survivor_id, absorbed_id)
        survivor = await self.incidents.get(survivor_id)
        self.work.check_writable(survivor)
        absorbed = await self.incidents.get(absorbed_id)
        self.work.check_writable(absorbed)
        return survivor, absorbed

    async def of_incident(self, incident: Incident) -> list[IncidentMerge]:
        return await self.merges.of_incident(incident.id)

    async def get(self, survivor_id: UUID, merge_id: UUID) -> IncidentMerge:
        merge = await self.merges.get(merge_id)
        if merge.survivor_id != survivor_id:
            raise NOT_FOUND()
        return merge

    async def check_mergeable(self, survivor: Incident, absorbed: Incident) -> None:
        """Raises `invalid` (422), `wrong_state`, `exemption_undecided` and `severity_not_assessed` (409) as `merge`."""
        if survivor.id == absorbed.id:
            raise invalid("/incident_id", "merged_with_itself", "Không thể gộp với chính nó", "It cannot absorb itself")
        if survivor.is_merged or absorbed.is_merged:
            merged = survivor if survivor.is_merged else absorbed
            raise INCIDENT_FLOW.refusal(merged.state, MERGED_BEFORE, is_final=True)
        if survivor.state in ENDED and absorbed.state not in ENDED:
            raise INCIDENT_FLOW.refusal(survivor.state, SURVIVOR_ENDED)
        if await ExemptionRepository(self.work.session).is_undecided(absorbed.id):
            raise EXEMPTION_UNDECIDED()
        is_unassessed = absorbed.severity is None and survivor.severity is not None
        if is_unassessed and not await is_grave(self.work, survivor):
            raise SEVERITY_NOT_ASSESSED()

    async def merge(
        self, survivor: Incident, absorbed: Incident, reason: str, *, proposed_by: UUID | None = None
    ) -> IncidentMerge:
        """Let one incident represent both.

        The absorbed incident keeps its rows, its holder and its state, and accepts no more changes; its running clocks
        are void. The survivor has the graver severity and group of both with their clocks, and counts from the earlier
        receipt. Staff accused in either move both to a superior.
        Raises `wrong_state` (409) where either is merged already: only ends of chains merge, so that no circle forms;
        also where an open incident would end in an ended one. Raises `severity_not_assessed` (409) for an absorbed one
        that nobody assessed, which one assessed lower would hide, `exemption_undecided` (409) where its clock
        would be carried over, `proposal_required` (409) for a grave one.
        """
        await self.check_mergeable(survivor, absorbed)
        await check_decided(self.work, absorbed, GuardedAct.MERGE, proposed_by)
        merge = IncidentMerge(
            **part_of(absorbed),
            survivor_id=survivor.id,
            reason=reason,
            merged_at=self.work.now,
            merged_by=self.work.actor_id,
        )
        self.merges.add(merge)
        before: dict[str, Any] = {"limits": await self.clocks.limits(survivor)}
        before |= await self.gravity.carry(survivor, absorbed)
        await self._join(survivor, absorbed, merge)
        await self.gravity.follow(survivor, before)
        await self.work.flush()
        async with self.work.elevated(ElevationReason.ACCUSED_ROUTING):
            event = await self.incidents.of_event(survivor.id)
            former = await self.undoing.custody(event)
            merge.before = before | {"custody": former}
            await self.work.flush()
            await PersonService(self.work).review_custody(survivor)
            await self.work.flush()
            merge.before = before | {"custody": await self.undoing.diff(former)}
        return merge

    async def _join(self, survivor: Incident, absorbed: Incident, merge: IncidentMerge) -> None:
        noted = {"merge_id": str(merge.id)}
        borne = {"severity": survivor.severity, "group": survivor.group}
        self.service.add_event(survivor, MergeEvent.ABSORBED_ANOTHER, noted | borne)
        self.service.add_event(absorbed, MergeEvent.MERGED, noted)
        await self.clocks.void_merged(absorbed)
        survivor.received_at_unmerged = survivor.received_at_unmerged or survivor.received_at
        if absorbed.received_at < survivor.received_at:
            await self.clocks.count_from(survivor, absorbed.received_at)
        absorbed.merged_into_id, absorbed.event_id = survivor.id, survivor.id
        # Both get a new version: an ETag read before the merge is stale.
        survivor.touch()
        await self.work.flush()
        async with self.work.elevated(ElevationReason.ACCUSED_ROUTING):
            event = await self.incidents.of_event(absorbed.id)
            await self.merges.move_event([each.id for each in event if each.id != absorbed.id], survivor.id)

    async def undo(self, survivor: Incident, absorbed: Incident, merge: IncidentMerge, reason: str) -> IncidentMerge:
        """Undo a merge as if it had not happened; later work stays.

        Raises `wrong_state` (409) a second time, `merge_not_reversible` (409) where a former holder is closed.
        """
        # Read before the locks to find the pair: of two undos at once the second reads it again.
        await self.work.session.refresh(merge)
        if merge.undone_at is not None or absorbed.merged_into_id != survivor.id:
            raise MERGE_FLOW.refusal("undone")
        merge.undone_at, merge.undone_by, merge.undo_reason = self.work.now, self.work.actor_id, reason
        noted = {"merge_id": str(merge.id)}
        self.service.add_event(survivor, MergeEvent.PARTED_FROM_ANOTHER, noted)
        self.service.add_event(absorbed, MergeEvent.MERGE_UNDONE, noted)
        survivor.touch()
        await self.clocks.run_again(absorbed)
        await self.work.flush()
        async with self.work.elevated(ElevationReason.ACCUSED_ROUTING):
            await self.undoing.separate(survivor, absorbed)
            await self.gravity.leave_grave(survivor, absorbed, merge)
            await self.gravity.settle(survivor, merge)
            await self.undoing.restore_receipts(survivor, merge.before["limits"])
            await self.undoing.restore_custody(merge.before["custody"])
        return merge
