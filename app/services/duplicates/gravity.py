"""What a merge carries to the survivor: the graver severity and group, since when, and the clocks that follow."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from app.models.cases.incidents import CHILD_ABUSE, Incident
from app.models.duplicates import IncidentMerge
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.duplicates.merges import MergeRepository
from app.services.cases.announcements import announce
from app.services.cases.clock_transfer import ClockTransfer
from app.services.cases.clocks import ClockService
from app.services.cases.closure_requirements import ClosureRequirements
from app.services.cases.decision_level import raised_severities, severity_ranks
from app.services.cases.incidents import MOST_SEVERE
from app.services.cases.notices import CRITICAL
from app.services.platform.unit_of_work import UnitOfWork

Groups = dict[str, str]
Live = Sequence[tuple[IncidentMerge, Incident]]


class Gravity:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.merges = MergeRepository(work.session)
        self.incidents = IncidentRepository(work.session)
        self.clocks = ClockService(work)
        self.transfer = ClockTransfer(work)
        self.requirements = ClosureRequirements(work)

    async def carry(self, survivor: Incident, absorbed: Incident) -> dict[str, Any]:
        """Raise the survivor to the absorbed incident's severity and group; returns what undoing needs.

        Its clocks are still running on the absorbed one.
        """
        former, group = survivor.severity, survivor.group
        survivor.severity = await self._graver([survivor.severity, absorbed.severity])
        survivor.group = await self._gravest_group([survivor.group, absorbed.group])
        survivor.grave_since = _earliest([survivor.grave_since, absorbed.grave_since])
        clocks = await self.transfer.carry(survivor, absorbed)
        if survivor.severity == MOST_SEVERE != former:
            await announce(self.work, survivor, CRITICAL, {})
        return {"group": {"from": group, "to": survivor.group}, **clocks}

    async def follow(self, survivor: Incident, before: dict[str, Any]) -> None:
        """Start and void the survivor's clocks by what it carries now; those that start are noted for undoing."""
        known = {clock.id for clock in await self.clocks.of_incident(survivor)}
        await self.clocks.follow(survivor, None)
        await self.work.flush()
        started = [str(clock.id) for clock in await self.clocks.of_incident(survivor) if clock.id not in known]
        before["carried"] = [*before["carried"], *started]

    async def settle(self, survivor: Incident, merge: IncidentMerge) -> None:
        """The severity, group and clocks of the survivor without an undone merge, and of what it was merged into since.

        A later assessment stays, as all later work does.
        """
        await self.transfer.take_back(survivor, merge.before)
        each: Incident | None = survivor
        undone: IncidentMerge | None = merge
        while each is not None and undone is not None:
            live = await self.merges.live_into(each.id)
            await self._settle_severity(each, live)
            await self._settle_group(each, undone.before["group"], live)
            await self.work.flush()
            await self.clocks.follow(each, None)
            undone = await self.merges.live_of(each.id) if each.merged_into_id else None
            each = await self.incidents.find(each.merged_into_id) if each.merged_into_id else None

    async def leave_grave(self, survivor: Incident, absorbed: Incident, merge: IncidentMerge) -> None:
        """What was assessed as grave while it stood for both stays grave for both: nobody knows by which report."""
        raised = await raised_severities(self.work)
        each: Incident | None = survivor
        standing: IncidentMerge | None = merge
        since, found = merge.merged_at, [absorbed.grave_since]
        while each is not None and standing is not None:
            since = max(since, standing.merged_at)
            own = await self.incidents.judgements(each.id)
            found += [judged_at for severity, judged_at in own if severity in raised and judged_at > since]
            standing = await self.merges.live_of(each.id) if each.merged_into_id else None
            each = await self.incidents.find(each.merged_into_id) if each.merged_into_id else None
        absorbed.grave_since = _earliest(found)

    async def _settle_severity(self, survivor: Incident, live: Live) -> None:
        own = await self.incidents.judgements(survivor.id)
        last, assessed_at = own[-1] if own else (None, None)
        carried = [each.severity for merge, each in live if assessed_at is None or merge.merged_at > assessed_at]
        survivor.severity = await self._graver([last, *carried])
        raised = await raised_severities(self.work)
        since = [judged_at for severity, judged_at in own if severity in raised]
        survivor.grave_since = _earliest([*since, *(each.grave_since for _, each in live)])

    async def _settle_group(self, survivor: Incident, groups: Groups, live: Live) -> None:
        if survivor.group == groups["to"] != groups["from"]:
            survivor.group = await self._gravest_group([groups["from"], *(each.group for _, each in live)])

    async def _graver(self, severities: Iterable[str | None]) -> str | None:
        """The gravest, the first of equals; None where nobody assessed any."""
        ranks = await severity_ranks(self.work)
        known = [severity for severity in severities if severity is not None]
        return max(known, key=lambda severity: ranks.get(severity, 0), default=None)

    async def _gravest_group(self, groups: Sequence[str]) -> str:
        """Child abuse before groups in which plans are due, those before others; the first of equals."""
        weights = [2 if group == CHILD_ABUSE else int(await self.requirements.plans_in(group)) for group in groups]
        return groups[weights.index(max(weights))]


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
