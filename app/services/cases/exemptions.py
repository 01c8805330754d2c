"""Exemptions from a duty to notify (Decree 56/2017 art. 25, Decree 80/2017 art. 6.3c; the procedure is the product's).

Only the recorded act or an exemption ends such a duty. The level above the holder decides; where none works on cases
above, a second person of the holder.
"""

from typing import Final
from uuid import UUID

from app.core.problems import FORBIDDEN, NOT_FOUND, Text
from app.models.cases.clocks import Clock
from app.models.cases.events import CaseEvent
from app.models.cases.exemptions import Exemption
from app.models.cases.incidents import ACCUSED_ROLES, Incident, part_of
from app.models.notices.kinds import NoticeSpec
from app.models.units import Unit
from app.repositories.cases.clocks import ClockRepository
from app.repositories.cases.exemptions import ExemptionRepository
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.units import UnitRepository
from app.schemas.cases.exemptions import ExemptionDecisionIn, ExemptionIn
from app.schemas.cases.flows import CLOCK_FLOW, EXEMPTION_FLOW
from app.security.access.elevation import ElevationReason
from app.services.cases import clocks
from app.services.cases.decision_level import is_above, is_superior
from app.services.cases.incidents import ANY, IncidentService
from app.services.cases.notices import EXEMPTION_ASKED, EXEMPTION_DECIDED
from app.services.cases.problems import NO_ACCUSED_RELATIVE, NOT_EXEMPTIBLE
from app.services.notices.notices import NoticeService
from app.services.platform.unit_of_work import UnitOfWork

FAMILY_KINDS: Final = frozenset({"parent", "relative"})
NOTIFICATIONS: Final = frozenset({CaseEvent.FAMILY_NOTIFIED, CaseEvent.PROTECTION_NOTIFIED})
DECISIONS: Final = {"confirm": CaseEvent.EXEMPTION_CONFIRMED, "reject": CaseEvent.EXEMPTION_REJECTED}
SUSPENSION: Final = "suspension"


class ExemptionService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.exemptions = ExemptionRepository(work.session)
        self.clocks = ClockRepository(work.session)
        self.persons = IncidentRepository(work.session)
        self.units = UnitRepository(work.session)
        self.incidents = IncidentService(work)

    async def of_incident(self, incident: Incident) -> list[Exemption]:
        return await self.exemptions.of_incident(incident.id)

    async def get(self, exemption_id: UUID) -> Exemption:
        return await self.exemptions.get(exemption_id)

    async def ask(self, incident: Incident, clock_id: UUID, data: ExemptionIn) -> Exemption:
        """Ask for an exemption, or grant it where the caller's unit is above the holder.

        A suspension is effective at once. Raises `not_found` (404), `merged`, `not_exemptible`, `no_accused_relative`,
        and `wrong_state` (409) for a clock that has ended or whose exemption is undecided.
        """
        await self.incidents.check_unmerged(incident)
        await self.persons.lock(incident.id)
        clock = await self._clock_of(incident, clock_id)
        await self._check(incident, clock, data.kind)
        exemption = Exemption(
            **part_of(incident),
            clock_id=clock.id,
            kind=data.kind,
            state=EXEMPTION_FLOW.initial,
            reason=data.reason,
            asked_at=self.work.now,
            asked_by=self.work.actor.id,
        )
        self.exemptions.add(exemption)
        if data.kind == SUSPENSION:
            clocks.suspend(clock, self.work.now)
        await self.work.flush()
        if is_superior(self.work, incident):
            await self._decide(incident, clock, exemption, ExemptionDecisionIn(decision="confirm"))
        else:
            await self._record(incident, clock, exemption, CaseEvent.EXEMPTION_ASKED)
            await self._notify(await self._competent_unit(incident), EXEMPTION_ASKED, incident, clock)
        await self.work.flush()
        return exemption

    async def decide(self, exemption: Exemption, data: ExemptionDecisionIn) -> Exemption:
        """Confirm or reject an exemption; the clock of a rejected suspension runs again for what was left of it.

        Raises `forbidden` (403) for the person who asked and for the holder where a level works above, `wrong_state`
        (409), `invalid` (422).
        """
        incident = await self.incidents.writable(exemption.incident_id)
        await self.persons.lock(incident.id)
        await self.work.session.refresh(exemption)
        await self.check_decision(incident, exemption, data.decision, data.reason)
        await self._decide(incident, await self.clocks.get(exemption.clock_id), exemption, data)
        await self.work.flush()
        return exemption

    async def check_act(self, incident: Incident, exemption: Exemption, act: str) -> None:
        """Refuses a decision as the decision itself, given a reason."""
        await self.check_decision(incident, exemption, act, ANY)

    async def check_decision(self, incident: Incident, exemption: Exemption, decision: str, reason: str | None) -> None:
        """Raises as `decide`."""
        self.work.check_writable(incident)
        EXEMPTION_FLOW.step(exemption.state, decision, reason)
        await self._check_competent(incident, exemption)

    async def _clock_of(self, incident: Incident, clock_id: UUID) -> Clock:
        clock = await self.clocks.get(clock_id)
        if clock.incident_id != incident.id:
            raise NOT_FOUND()
        return clock

    async def _check(self, incident: Incident, clock: Clock, kind: str) -> None:
        if not NOTIFICATIONS.intersection(clock.met_by):
            raise NOT_EXEMPTIBLE()
        if kind == SUSPENSION:
            if CaseEvent.FAMILY_NOTIFIED not in clock.met_by:
                raise NOT_EXEMPTIBLE()
            persons = await self.persons.persons(incident.id)
            if not any(person.kind in FAMILY_KINDS and person.role in ACCUSED_ROLES for person in persons):
                raise NO_ACCUSED_RELATIVE()
        earlier = [each for each in await self.of_incident(incident) if each.clock_id == clock.id]
        if any(map(_waits, earlier)):
            why = Text("Một yêu cầu đang chờ quyết định", "One that was asked for waits for its decision")
            raise CLOCK_FLOW.refusal(clock.state, why, is_final=True)
        if not clocks.is_open(clock):
            raise CLOCK_FLOW.refusal(clock.state)
        if kind == SUSPENSION and (clock.suspended_at or self._was_refused(incident, earlier)):
            why = Text("Thời hạn này đã được tạm dừng một lần", "This clock was suspended once already")
            raise CLOCK_FLOW.refusal(clock.state, why)

    def _was_refused(self, incident: Incident, earlier: list[Exemption]) -> bool:
        """Whether the level above rejected a suspension: its holder suspends the same clock once."""
        refused = any(each.kind == SUSPENSION and each.state == "rejected" for each in earlier)
        return refused and not is_superior(self.work, incident)

    async def _check_competent(self, incident: Incident, exemption: Exemption) -> None:
        if exemption.asked_by == self.work.actor_id:
            raise FORBIDDEN(Text("Người đề nghị không được tự quyết định", "One does not decide on what one asked for"))
        if not await is_above(self.work, incident):
            raise FORBIDDEN(Text("Việc này do cấp trên quyết định", "The level above decides on this"))

    async def _decide(self, incident: Incident, clock: Clock, exemption: Exemption, data: ExemptionDecisionIn) -> None:
        exemption.state = EXEMPTION_FLOW.step(exemption.state, data.decision, data.reason or exemption.reason).target
        exemption.decision_reason = data.reason
        exemption.decided_at, exemption.decided_by = self.work.now, self.work.actor_id
        await self.work.flush()
        if clocks.is_open(clock):
            if exemption.kind == SUSPENSION and data.decision == "reject":
                clocks.resume(clock, self.work.now)
            elif exemption.kind != SUSPENSION and data.decision == "confirm":
                clocks.waive(clock, self.work.now)
        await self._record(incident, clock, exemption, DECISIONS[data.decision], data.reason)
        async with self.work.elevated(ElevationReason.NOTICE):
            holder = await self.units.get(incident.holder_id)
        await self._notify(holder, EXEMPTION_DECIDED, incident, clock)

    async def _record(
        self, incident: Incident, clock: Clock, exemption: Exemption, kind: CaseEvent, reason: str | None = None
    ) -> None:
        """Add the event; a decision meets the clock of decisions only once no other exemption waits."""
        noted = {"clock": clock.rule_code, "kind": exemption.kind, "exemption_id": str(exemption.id)}
        waiting = any(_waits(each) for each in await self.of_incident(incident))
        is_partial = waiting and kind is not CaseEvent.EXEMPTION_ASKED
        await self.incidents.record_event(incident, kind, noted, reason, is_partial=is_partial)

    async def _competent_unit(self, incident: Incident) -> Unit:
        async with self.work.elevated(ElevationReason.NOTICE):
            above = await self.units.working_level_above(incident.org_path)
            return above or await self.units.get(incident.holder_id)

    async def _notify(self, unit: Unit, kind: NoticeSpec, incident: Incident, clock: Clock) -> None:
        data = {"code": incident.code, "clock": clock.rule_code}
        await NoticeService(self.work).notify_beyond(unit.id, kind, incident.id, data)


def _waits(exemption: Exemption) -> bool:
    return exemption.state == EXEMPTION_FLOW.initial
