"""Forwarding an intake to the unit that its words name: a decision of custody (domain edge case 8)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.core.problems import FORBIDDEN, Text, invalid
from app.models.cases.incidents import STAFF_KINDS, Incident
from app.models.intakes.forwardings import IntakeForwarding
from app.models.intakes.intakes import AccusedUnit, Intake, part_of
from app.models.units import Unit
from app.repositories.intakes.forwardings import ForwardingRepository
from app.repositories.intakes.intakes import IntakeRepository
from app.repositories.units import UnitRepository
from app.schemas.intakes.flow import INTAKE_FLOW
from app.schemas.intakes.forwardings import ForwardingIn
from app.schemas.intakes.intakes import IntakeForm
from app.security.access.roles import WORKING_LEVELS
from app.services.cases.custody import Accused, Custody, CustodyDecision
from app.services.cases.decision_level import is_above, is_grave
from app.services.cases.moves import move
from app.services.intakes.incident_moves import IncidentMoveService
from app.services.intakes.intakes import within_reach
from app.services.intakes.notices import INTAKE_FORWARDED
from app.services.intakes.problems import FORWARDING_FINAL, HELD_BEFORE, NO_LEVEL_ABOVE
from app.services.intakes.waiting import check_movable, incident_of, movable, state_of
from app.services.notices.notices import NoticeService
from app.services.platform.unit_of_work import UnitOfWork

FINAL_AFTER = 2
HAND_BACK = "hand_back"


@dataclass(frozen=True, slots=True)
class Forwarded:
    """Where an intake went; `visible` is false once it is out of the caller's line."""

    visible: bool
    held_by_superior: bool


@dataclass(frozen=True, slots=True)
class _Act:
    """A forwarding before custody decides: `unit_id` is the unit concerned from then on."""

    unit_id: UUID | None
    receiver: Unit
    form: IntakeForm
    reason: str
    accuses_nobody: bool = True
    is_hand_back: bool = False

    @property
    def accused(self) -> set[UUID]:
        """The units of accused staff; without a unit they count as the staff of the unit concerned."""
        staff = (accused.unit_id or self.unit_id for accused in self.form.accused if accused.kind in STAFF_KINDS)
        return {unit_id for unit_id in staff if unit_id is not None}


class ForwardingService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.intakes = IntakeRepository(work.session)
        self.forwardings = ForwardingRepository(work.session)
        self.units = UnitRepository(work.session)
        self.custody = Custody(work)
        self.incidents = IncidentMoveService(work)

    async def of_intake(self, intake_id: UUID) -> list[IntakeForwarding]:
        """Every forwarding of an intake and every hand-back, in order."""
        await self.intakes.get(intake_id)
        return await self.forwardings.of_intake(intake_id)

    async def forward(self, intake_id: UUID, data: ForwardingIn) -> Forwarded:
        """Forward an intake to a unit, with its dialogue, its informant, its clocks and its only incident.

        Accused staff without a unit count as the named unit's. The level above receives it where the unit's staff are
        accused, or where the caller does not confirm that the words accuse nobody there. Raises `invalid` (422) for a
        unit that receives no intakes, `forbidden` (403) for a grave incident that the level above does not forward,
        `held_before`, `several_intakes`, `set_aside`, `wrong_state`, `destroyed` (409).
        """
        await self.incidents.lock_of(intake_id)
        intake = await movable(self.work, intake_id)
        named = await self._named(data.unit_id)
        receiver = await self.custody.receiving_unit(named)
        self._check_new(intake, receiver, await self.forwardings.facts(intake.id))
        incident = await self.incidents.only_incident_of(intake)
        await self._check_gravity(incident)
        form = IntakeForm.of(intake.content)
        return await self._pass_on(intake, incident, _Act(named.id, receiver, form, data.reason, data.accuses_nobody))

    async def hand_back(self, intake_id: UUID, reason: str) -> Forwarded:
        """Return a forwarded intake to the unit that forwarded it; the second time to the nearest level above both.

        Raises `forbidden` (403) for a grave incident, which the level above forwards, `wrong_state` (409) for an intake
        that was not forwarded to its holder, `forwarding_final` (409) where
        the level above both has decided already, `no_level_above` (409).
        """
        await self.incidents.lock_of(intake_id)
        intake = await movable(self.work, intake_id)
        past = await self.forwardings.facts(intake.id)
        receiver = await self._returned_to(intake, past)
        incident = await self.incidents.only_incident_of(intake)
        await self._check_gravity(incident)
        form = IntakeForm.of(intake.content)
        return await self._pass_on(intake, incident, _Act(intake.unit_id, receiver, form, reason, is_hand_back=True))

    async def check_act(self, intake: Intake, act: str) -> None:
        """Refuses to forward an intake or to hand it back as the act itself, whatever unit is named."""
        await check_movable(self.work, intake)
        if act == HAND_BACK:
            await self._returned_to(intake, await self.forwardings.facts(intake.id))
        if incident_id := await incident_of(self.work, intake.id):
            await self._check_gravity(await self.incidents.movable_incident(intake, incident_id))

    async def _returned_to(self, intake: Intake, past: Sequence[IntakeForwarding]) -> Unit:
        """Who receives an intake that is handed back."""
        last = next((each for each in reversed(past) if each.moved), None)
        if last is None or last.is_hand_back or last.to_unit_id != intake.holder_id:
            why = Text("Tin này không được chuyển đến đơn vị đang giữ", "It was not forwarded to its holder")
            raise INTAKE_FLOW.refusal((await state_of(self.work, intake))[0], why)
        return await self._receiver_of_return(intake, last.from_unit_id, sum(each.is_hand_back for each in past))

    async def _check_gravity(self, incident: Incident | None) -> None:
        if incident is not None and await is_grave(self.work, incident) and not await is_above(self.work, incident):
            raise FORBIDDEN(Text("Chỉ cấp trên được chuyển vụ việc này", "Only the level above forwards this incident"))

    async def _named(self, unit_id: UUID) -> Unit:
        unit = await self.custody.unit(unit_id, "/unit_id")
        if unit.kind not in WORKING_LEVELS:
            raise invalid("/unit_id", "no_case_unit", "Đơn vị này không nhận tin", "This unit receives no intakes")
        heirs = await self.units.successors([unit.id])
        if unit.is_closed(self.work.today) and (await self.custody.receiving_unit(unit)).id not in heirs:
            raise invalid(
                "/unit_id",
                "unit_closed",
                "Đơn vị đã giải thể, không có một đơn vị kế thừa duy nhất",
                "The unit is closed and has no single successor",
            )
        return unit

    def _check_new(self, intake: Intake, receiver: Unit, past: Sequence[IntakeForwarding]) -> None:
        """An intake does not circle: only a level above a unit, or a forwarder insisting once, sends it there again."""
        if receiver.id == intake.holder_id:
            raise invalid("/unit_id", "holds_it_now", "Tin này đang ở đơn vị đó", "This unit holds the intake now")
        actor_path = self.work.actor.org_path
        if receiver.org_path.startswith(actor_path) and receiver.org_path != actor_path:
            return
        insists = bool(past) and past[-1].is_hand_back and past[-1].from_unit_id == receiver.id
        if not insists and any(receiver.id == each.from_unit_id for each in past):
            raise HELD_BEFORE()

    async def _receiver_of_return(self, intake: Intake, giver_id: UUID, handed_back: int) -> Unit:
        giver, holder = await self.units.get(giver_id), await self.units.get(intake.holder_id)
        if handed_back == 0:
            return await self.custody.receiving_unit(giver)
        if handed_back >= FINAL_AFTER and holder.org_path.startswith(giver.org_path):
            raise FORWARDING_FINAL()
        above = await self.custody.above_both(holder, giver)
        if above is None:
            raise NO_LEVEL_ABOVE()
        return above

    async def _pass_on(self, intake: Intake, incident: Incident | None, act: _Act) -> Forwarded:
        known = await self.intakes.accused_units(intake.id)
        accused = known | act.accused | (await self.incidents.accused_units(incident) if incident else set())
        decision = await self._decide(act, accused)
        if act.is_hand_back and decision.holder.id == intake.holder_id:
            raise NO_LEVEL_ABOVE()
        own = self.work.scope.writes(Intake).holds(decision.holder.org_path)
        data, former_path = {"intake_id": str(intake.id), "code": intake.code}, intake.org_path
        async with within_reach(self.work, decision, own=own):
            if incident is not None:
                await self.incidents.move(incident, act.form, act.unit_id, decision)
            former = intake.holder_id
            move(intake, decision.holder, self.work.now)
            await self.work.flush()
            row = self._add(intake, act, former)
            for unit_id in act.accused - known:
                self.intakes.add(AccusedUnit(intake_id=intake.id, org_path=intake.org_path, unit_id=unit_id))
            self._audit(row)
            await self.work.flush()
        if row.moved:
            await self._notify(former_path, decision, data)
        return Forwarded(own, decision.above_accused)

    async def _notify(self, former_path: str, decision: CustodyDecision, data: dict[str, Any]) -> None:
        """Notify the holder, the level above it, and that above the former holder if it no longer sees the intake."""
        path, accused = decision.holder.org_path, {unit.id for unit in decision.accused_units}
        above = await self.units.above(former_path)
        loses = above is not None and above.id not in accused and not path.startswith(above.org_path)
        also = [above] if above is not None and loses else []
        await NoticeService(self.work).notify_line(path, INTAKE_FORWARDED, None, data, also=also)

    async def _decide(self, act: _Act, accused: Iterable[UUID]) -> CustodyDecision:
        decision = await self.custody.assign(act.receiver, [Accused("staff", unit_id) for unit_id in accused])
        if act.accuses_nobody or decision.above_accused:
            return decision
        above = await self.custody.level_above(act.receiver)
        return replace(decision, holder=above, above_accused=True) if above is not None else decision

    def _add(self, intake: Intake, act: _Act, former: UUID) -> IntakeForwarding:
        actor = self.work.actor
        row = IntakeForwarding(
            **part_of(intake),
            is_hand_back=act.is_hand_back,
            unit_id=act.unit_id,
            from_unit_id=former,
            to_unit_id=intake.holder_id,
            accuses_nobody=act.accuses_nobody,
            reason=act.reason,
            forwarded_at=self.work.now,
            forwarded_by=actor.id,
            by_role=actor.role,
            by_unit_id=actor.unit_id,
        )
        self.forwardings.add(row)
        return row

    def _audit(self, row: IntakeForwarding) -> None:
        self.work.audit_action("forwarded_from", row.from_unit_id)
        self.work.audit_action("forwarded_to", row.to_unit_id)
