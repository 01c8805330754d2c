"""Incidents from opening to closure: persons, severity, state, timeline, custody (Decree 80/2017 art. 6)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.core.paging import Page, PageRequest
from app.core.problems import FORBIDDEN, Text, invalid
from app.core.scoping import Tier
from app.core.states import Step
from app.core.time import local_date, start_of
from app.models.base import Scoped
from app.models.cases.ages import note_age_band
from app.models.cases.events import CaseEvent, EventKind
from app.models.cases.incidents import Incident, IncidentEvent, IncidentFilter, IncidentSeverity, part_of
from app.models.intakes.intakes import Intake
from app.repositories.cases.child_cases import CaseRepository
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.cases.searches import Search
from app.repositories.intakes.intakes import IntakeRepository
from app.repositories.intakes.messages import MessageRepository
from app.schemas.cases.flows import INCIDENT_FLOW
from app.schemas.cases.incidents import ActIn, IncidentPatch, IncidentTransitionIn, SeverityIn
from app.schemas.proposals import GuardedAct
from app.security.access.scope import NOTHING
from app.security.crypto.shredded import DESTROYED
from app.services.cases.announcements import announce
from app.services.cases.clocks import ClockService
from app.services.cases.closure_requirements import ClosureRequirements
from app.services.cases.decision_level import check_decided, is_above, is_superior, raised_severities, severity_ranks
from app.services.cases.endings import Endings
from app.services.cases.learner_links import LearnerLinks
from app.services.cases.notices import CRITICAL, SEVERITY_LOWERED
from app.services.cases.problems import MERGED
from app.services.platform.tiers import tiers
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService

OTHER = "other"
BEFORE_RECEIPT = timedelta(days=7)
ENDED = frozenset({"closed", "dismissed"})
MOST_SEVERE = "critical"
CHANGE: Final = "change"
# A reason, or a code, whatever it is.
ANY: Final = ""
REOPEN_FIRST = Text("Vụ việc đã kết thúc: hãy mở lại trước", "The incident has ended: reopen it first")
ONLY_AFTER_CLOSING = Text("Việc này chỉ làm sau khi kết thúc vụ việc", "This is done only after the closing")


class IncidentService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.incidents = IncidentRepository(work.session)
        self.intakes = IntakeRepository(work.session)
        self.clocks = ClockService(work)

    async def get(self, incident_id: UUID) -> Incident:
        return await self.incidents.get(incident_id)

    async def writable(self, incident_id: UUID) -> Incident:
        """An incident of the caller's own line. Raises `forbidden` (403) for one that is only shared with the caller.

        Absorbed incidents too: their shares end, legal holds lie on them, and families ask for their data.
        """
        incident = await self.get(incident_id)
        self.work.check_writable(incident)
        return incident

    async def check_unmerged(self, incident: Incident) -> None:
        """Raises `merged` (409) for an absorbed incident, and names the survivor to a caller who sees it."""
        if incident.is_merged:
            survivor = await self.survivor(incident)
            raise MERGED(extra={"merged_into": str(survivor)} if survivor else {})

    async def survivor(self, incident: Incident) -> UUID | None:
        """The incident that this one was merged into, if the caller sees it."""
        return (await self.survivors([incident])).get(incident.id)

    async def survivors(self, incidents: Sequence[Incident]) -> dict[UUID, UUID]:
        into = {each.id: each.merged_into_id for each in incidents if each.merged_into_id is not None}
        seen = await self.incidents.visible(set(into.values())) if into else set()
        return {absorbed: survivor for absorbed, survivor in into.items() if survivor in seen}

    def check_own(self, row: Scoped) -> None:
        self.work.check_writable(row)

    async def page(
        self, wanted: IncidentFilter, page: PageRequest, *, search: Search | None, shared: bool
    ) -> Page[Any]:
        """The newest incidents of the caller's own line, or of those that others share with the caller: columns."""
        await check_wanted(self.work, wanted)
        if shared or self.work.scope.reads(Incident) == NOTHING:
            return await self.incidents.shared(page, self.work.actor, wanted, search)
        return await self.incidents.held(page, wanted, search)

    async def tier(self, row: Scoped, incident_id: UUID) -> Tier:
        return (await self.tiers([(row, incident_id)]))[0]

    async def tiers(self, rows: Sequence[tuple[Scoped, UUID]]) -> list[Tier]:
        """How much of each row of an incident the caller sees."""
        return await tiers(self.work, [(row.org_path, incident_id) for row, incident_id in rows])

    async def intake_count(self, incident: Incident) -> int | None:
        """The number of its intakes; None where it is only shared with the caller, who sees no intake."""
        if not self.work.scope.reads(Incident).holds(incident.org_path):
            return None
        return await self.intakes.count_of(incident.id, within_reach=True)

    async def unread_messages(self, incident: Incident) -> int | None:
        """The number of unread messages of its reporters; None where it is only shared with the caller."""
        if not self.work.scope.reads(Incident).holds(incident.org_path):
            return None
        return await MessageRepository(self.work.session).unread_of_incident(incident.id)

    async def link(self, incident: Incident, intake: Intake) -> None:
        """Add an intake of the incident to the timeline; an earlier receipt moves the clocks."""
        self.add_event(incident, CaseEvent.INTAKE_LINKED, {"intake_id": str(intake.id)})
        if intake.received_at < (incident.received_at_unmerged or incident.received_at):
            await self.clocks.hear_of(incident, intake.received_at)

    async def change(self, incident: Incident, patch: IncidentPatch, *, proposed_by: UUID | None = None) -> Incident:
        """Apply a merge-patch; the timeline names the changed fields.

        Raises `merged` (409), `wrong_state` (409) once it has ended, `invalid` (422), `proposal_required` (409) for a
        group of a grave case in which less is due.
        """
        await self.check_changeable(incident)
        changes = patch.model_dump(exclude_unset=True)
        await CodeListService(self.work).check(patch, self.work.today)
        if patch.occurred_at is not None and "occurred_on" not in changes:
            changes["occurred_on"] = local_date(patch.occurred_at)
        if patch.group is not None and await ClosureRequirements(self.work).requires_less_in(incident, patch.group):
            await check_decided(self.work, incident, GuardedAct.CHANGE_GROUP, proposed_by)
        protected = await ClosureRequirements(self.work).protected(incident) if "occurred_on" in changes else set()
        for name, value in changes.items():
            setattr(incident, name, value if name != "forms" else list(value or ()))
        if "occurred_on" in changes:
            with self.work.weighing():
                for person in await self.incidents.persons(incident.id):
                    note_age_band(person, incident)
                await LearnerLinks(self.work).renote(incident)
        if changes:
            await self.record_event(incident, CaseEvent.CHANGED, {"fields": sorted(changes)})
        await self.note_ruled_out(incident, protected)
        await self.work.flush()
        return incident

    async def note_ruled_out(self, incident: Incident, former: set[UUID]) -> None:
        """Record that a victim no longer requires a case, unless the level above changed it."""
        if not former or is_superior(self.work, incident):
            return
        if former - await ClosureRequirements(self.work).protected(incident):
            self.add_event(incident, CaseEvent.VICTIM_RULED_OUT, {})

    async def transition(
        self, incident: Incident, data: IncidentTransitionIn, *, proposed_by: UUID | None = None
    ) -> Incident:
        """Take one step of the flow; `proposed_by` is set where somebody decides on another's proposal.

        Raises `merged`, `wrong_state` (409), `invalid` (422); of an ending what `Endings.check` raises.
        """
        await CodeListService(self.work).check(data, self.work.today)
        step, codes = await self.check_step(incident, data, proposed_by=proposed_by)
        endings, noted = Endings(self.work), {"from": incident.state, "to": step.target, **codes}
        incident.state = step.target
        await self.record_event(incident, CaseEvent(data.action), noted, data.reason)
        await self.work.flush()
        if step.target in ENDED:
            await endings.announce(incident, data.coded_reason)
        return incident

    async def check_step(
        self, incident: Incident, data: IncidentTransitionIn, *, proposed_by: UUID | None = None
    ) -> tuple[Step, dict[str, str]]:
        """The step and the codes of an ending. Raises as `transition`."""
        await self.check_takes_writes(incident)
        step = INCIDENT_FLOW.step(incident.state, data.action, data.reason)
        if step.target not in ENDED:
            return step, {}
        return step, await Endings(self.work).check(incident, data, proposed_by)

    async def check_takes_writes(self, incident: Incident) -> None:
        """Raises `forbidden` (403) for one only shared with the caller, `merged`, `destroyed` (409)."""
        self.work.check_writable(incident)
        await self.check_unmerged(incident)
        if incident.destroyed_at is not None:
            raise DESTROYED()

    async def check_act(self, incident: Incident, act: str) -> None:
        """Refuses an act on an incident as the act itself, given the body that is refused least."""
        if act in INCIDENT_FLOW.actions:
            await self.check_step(incident, _least_refused(act))
        elif act == CHANGE:
            await self.check_changeable(incident)
        else:
            await self.check_takes_writes(incident)

    async def check_changeable(self, incident: Incident) -> None:
        """Raises as `check_takes_writes`, and `wrong_state` (409) once it has ended."""
        await self.check_takes_writes(incident)
        check_open(incident)

    async def judge(self, incident: Incident, data: SeverityIn) -> IncidentSeverity:
        """Add an assessment of severity to the earlier ones (a posted clip re-graded a case after six weeks).

        Raises `merged` (409), `forbidden` (403) where it would take the decision from the level above.
        """
        await self.check_takes_writes(incident)
        await CodeListService(self.work).check(data, self.work.today)
        raised = await raised_severities(self.work)
        if incident.severity in raised and data.severity not in raised and not await is_above(self.work, incident):
            raise FORBIDDEN(Text("Chỉ cấp trên được hạ mức độ này", "Only the level above lowers this severity"))
        judgement = IncidentSeverity(
            **part_of(incident),
            severity=data.severity,
            reason=data.reason,
            judged_at=self.work.now,
            judged_by=self.work.actor_id,
        )
        self.incidents.add(judgement)
        former, incident.severity = incident.severity, data.severity
        if data.severity in raised:
            incident.grave_since = incident.grave_since or self.work.now
        await self.record_event(incident, CaseEvent.SEVERITY_JUDGED, {"from": former, "to": data.severity})
        await self.work.flush()
        await self._announce_severity(incident, former, data.severity)
        return judgement

    async def _announce_severity(self, incident: Incident, former: str | None, severity: str) -> None:
        ranks = await severity_ranks(self.work)
        if former is not None and ranks.get(severity, 0) < ranks.get(former, 0):
            await announce(self.work, incident, SEVERITY_LOWERED, {"from": former, "to": severity})
        elif severity == MOST_SEVERE and former != severity:
            await announce(self.work, incident, CRITICAL, {})

    async def severities(self, incident: Incident) -> list[IncidentSeverity]:
        found, since = await self.incidents.severities(incident.id), self.hidden_before(incident)
        return [each for each in found if since is None or each.judged_at > since]

    async def events(self, incident: Incident, latest: int | None = None) -> list[IncidentEvent]:
        """The timeline in order; of many events the latest."""
        return await self.incidents.events(incident.id, self.hidden_before(incident), latest)

    def hidden_before(self, incident: Incident) -> datetime | None:
        """When a case came down to a cleared unit: only those above its holder see what happened before."""
        own = self.work.actor.org_path
        is_above = incident.org_path.startswith(own) and own != incident.org_path
        return None if is_above else incident.returned_at

    async def act(self, incident: Incident, data: ActIn) -> None:
        """Record a duty done outside this system, such as notifying the family. Its clock is met.

        A duty to each child of a closed incident, such as a recurrence check (Decree 56/2017 art. 30.1c), meets its
        clock with the last child. Raises `invalid` (422) for an impossible time, `merged` (409), `wrong_state` (409)
        for such a check before the closing.
        """
        await self.check_takes_writes(incident)
        await CodeListService(self.work).check(data, self.work.today)
        children = {case.id for case in await CaseRepository(self.work.session).of_incident(incident.id)}
        _check_act(incident, data, children)
        kind, done_at, is_partial = CaseEvent(data.act), data.done_at, False
        if await self.clocks.is_owed_to_each(data.act):
            if incident.state != "closed":
                raise INCIDENT_FLOW.refusal(incident.state, ONLY_AFTER_CLOSING)
            if not await self.clocks.has_begun(incident, data.act, data.done_at):
                raise invalid("/done_at", "before_its_clock", "Chỉ sau khi kết thúc vụ việc", "Only after the closing")
            done_at, is_partial = await self._done_for_each(incident, data, children)
        noted = {"done_at": data.done_at.isoformat()} | ({"case_id": str(data.case_id)} if data.case_id else {})
        await self.record_event(incident, kind, noted, data.note, done_at=done_at, is_partial=is_partial)
        await self.work.flush()

    async def _done_for_each(self, incident: Incident, data: ActIn, children: set[UUID]) -> tuple[datetime, bool]:
        """When an act due to each child was done for all of them so far, and whether it is still due to others."""
        if not children:
            return data.done_at, False
        if data.case_id is None:
            raise invalid("/case_id", "case_id_required", "Cần nêu hồ sơ của trẻ nào", "Name the case of which child")
        await self.incidents.lock(incident.id)
        since = await self.clocks.running_since(incident, CaseEvent(data.act))
        earlier = await self.incidents.partial_events(incident.id, CaseEvent(data.act), since) if since else []
        waiting = {str(each) for each in children} - {each["case_id"] for each in earlier} - {str(data.case_id)}
        moments = [data.done_at, *(datetime.fromisoformat(each["done_at"]) for each in earlier)]
        return max(moments), bool(since and waiting)

    async def record_event(
        self,
        incident: Incident,
        kind: EventKind,
        data: dict[str, Any],
        reason: str | None = None,
        *,
        done_at: datetime | None = None,
        is_partial: bool = False,
    ) -> None:
        """Add an event to the timeline and let the clocks follow it; a partial one meets and starts none."""
        self.add_event(incident, kind, data, reason, is_partial=is_partial)
        await self.clocks.follow(incident, None if is_partial else kind, done_at)

    def add_event(
        self,
        incident: Incident,
        kind: EventKind,
        data: dict[str, Any],
        reason: str | None = None,
        *,
        is_partial: bool = False,
    ) -> None:
        """Add an event that no clock follows to the timeline, in the transaction of what happened."""
        self.incidents.add(
            IncidentEvent(
                **part_of(incident),
                kind=kind,
                data=data,
                is_partial=is_partial,
                reason=reason,
                at=self.work.now,
                by_id=self.work.actor_id,
                by_role=self.work.actor_role,
            )
        )


async def check_wanted(work: UnitOfWork, wanted: IncidentFilter) -> None:
    """Raises `invalid` (422) for impossible filters. Codes of any day pass: old cases keep theirs."""
    await CodeListService(work).check(wanted, None)
    first, last = wanted.occurred_from, wanted.occurred_to
    if first is not None and last is not None and last < first:
        raise invalid(
            "occurred_to", "ends_before_start", "Ngày cuối trước ngày đầu", "The last day is before the first"
        )


def _least_refused(action: str) -> IncidentTransitionIn:
    """A step with every code and reason that it may have."""
    return IncidentTransitionIn.model_construct(
        action=action, reason=ANY, closing_reason=ANY, dismissal_reason=ANY, without_case=ANY
    )


def check_open(incident: Incident) -> None:
    """Raises `wrong_state` (409) for a closed or dismissed incident: it is reopened with a reason before changes."""
    if incident.state in ENDED:
        raise INCIDENT_FLOW.refusal(incident.state, REOPEN_FIRST)


def _check_act(incident: Incident, data: ActIn, children: set[UUID]) -> None:
    if data.done_at < _earliest(incident):
        raise invalid("/done_at", "before_the_incident", "Không thể trước vụ việc", "It cannot precede the incident")
    if data.case_id is not None and data.case_id not in children:
        raise invalid("/case_id", "unknown_case", "Không có hồ sơ này trong vụ việc", "The incident has no such case")


def _earliest(incident: Incident) -> datetime:
    """Acts may precede the receipt (Mẫu 01 asks for them), but not the day of the event, where it is known."""
    if incident.occurred_on is None:
        return incident.received_at - BEFORE_RECEIPT
    return min(start_of(incident.occurred_on), incident.received_at)
