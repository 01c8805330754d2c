"""Taking in what informants say, from staff and from anyone (Decree 56/2017, Mẫu 01; Decree 80/2017 art. 6)."""

from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from app.core.database import ConstraintError
from app.core.ids import case_code, id_of_hour, new_id
from app.core.paging import Page, PageRequest
from app.core.problems import DUPLICATE, NOT_FOUND, WRONG_STATE
from app.core.scoping import AccessClass, Tier
from app.core.time import local_date, whole_hour
from app.models.cases.incidents import STAFF_KINDS, Incident, part_of
from app.models.intakes.informants import Informant
from app.models.intakes.intakes import AccusedUnit, Intake, IntakeLink
from app.models.platform.requests import SpentProof
from app.models.sharing.grants import CaseGrant
from app.models.units import Unit
from app.repositories.cases.clocks import EscalationRepository
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.intakes.intakes import IntakeRepository
from app.repositories.platform.requests import RequestRepository
from app.schemas.intakes.intakes import IntakeForm, IntakeIn, PublicIntakeIn
from app.security.access.roles import Reach
from app.security.access.scope import ElevationReason
from app.security.crypto.shredded import DESTROYED
from app.security.receipts.proof_of_work import PROVEN, UNPROVEN
from app.security.receipts.receipts import new_receipt, receipt_digest
from app.security.receipts.signed_receipts import ReceiptSigner, SignedReceipt
from app.services.cases.clocks import ClockService
from app.services.cases.custody import Accused, Custody, Holding
from app.services.cases.incidents import ENDED, IncidentService
from app.services.cases.persons import PersonService, accused_person
from app.services.intakes.informants import phone_index
from app.services.notices.notices import schedule_intake_notice
from app.services.platform.unit_of_work import Runtime, UnitOfWork
from app.services.reference.code_lists import CodeListService

STAFF_LANE = "staff"
WEB_FORM = "web_form"
OWN_CASE_DAYS = 365
NOT_TOLD = {"proof", "wants_proof_of_receipt"}
NOT_CONTENT = {"unit_id", "source_channel", "received_at", "open_incident", "informant"} | NOT_TOLD


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an intake. Invisible to whoever took it where it is held beyond their scope."""

    intake: Intake
    incident: Incident | None
    held_above: bool
    visible: bool


@dataclass(frozen=True, slots=True)
class ReceiptStatus:
    """`raised_above`: somebody was late, and the level above was told."""

    received_on: date
    state: str
    raised_above: bool


class IntakeService:
    """Use cases of intakes. An intake is written once; what follows happens to the incident it opens or joins."""

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.intakes = IntakeRepository(work.session)
        self.incidents = IncidentRepository(work.session)
        self.custody = Custody(work)

    async def take(self, data: IntakeIn) -> Taken:
        """Take in what somebody told the caller. It is held by its unit, or above an accused one (custody.py)."""
        await self._check(data)
        unit = await self.custody.unit(data.unit_id or self.work.actor.unit_id, "/unit_id")
        holding = await self.custody.hold(unit, _accused(data))
        own = self.work.scope.writes(Intake).holds(holding.holder.org_path)
        async with self._place(holding, own=own):
            intake = self._intake(data, unit, holding.holder, STAFF_LANE, data.source_channel)
            self._date(intake, data.received_at, unit)
            incident = await self._open(intake, data, holding) if data.open_incident else None
            await self.work.flush()
            if incident is None:
                await ClockService(self.work).wait(intake)
            if not own:
                await schedule_intake_notice(self.work, holding.holder)
        granted = own and incident is not None and self._keep_in_sight(incident)
        visible = own and (granted or self.work.actor.rights.reach(AccessClass.CASE) is Reach.SUBTREE)
        await self.work.flush()
        return Taken(intake, incident, holding.routed, visible)

    async def take_for(
        self, unit: Unit, holding: Holding, form: IntakeForm, channel: str, received_at: datetime
    ) -> tuple[Intake, Incident]:
        """Take in for a unit whose holder is settled, and open the incident."""
        intake = self._intake(form, unit, holding.holder, STAFF_LANE, channel)
        intake.received_at = received_at
        incident = await self._open(intake, form, holding)
        return intake, incident

    async def take_public(self, data: PublicIntakeIn) -> tuple[str, Intake]:
        """Take in what anyone tells, and give a receipt. Never refuses for want of proof: it slows and sets aside."""
        await self._check(data)
        proven = await self.spend(data.proof)
        if not proven:
            await self.work.release()
        await self.work.runtime.proof_of_work.take(proven=proven)
        receipt = new_receipt()
        async with self.work.elevated(ElevationReason.PUBLIC_INTAKE):
            named = await self.custody.unit(data.unit_id, "/unit_id") if data.unit_id else None
            unit = await (self.custody.seat(named) if named else self.custody.department())
            # Where no school is named, "staff" are not the department's own: above it nobody would see the case.
            accused = [replace(a, unit_id=a.unit_id or named.id) for a in _accused(data)] if named else _accused(data)
            holding = await self.custody.hold(unit, [a for a in accused if a.unit_id is not None])
            # In a small school the minute would tell who it was: who was at a telephone, or absent from the room.
            hour = whole_hour(self.work.now)
            lane = PROVEN if proven else UNPROVEN
            intake = self._intake(data, named, holding.holder, lane, WEB_FORM, key=id_of_hour(hour), at=hour)
            intake.receipt_digest = self._digest(receipt)
            await self.work.flush()
            await ClockService(self.work).wait(intake)
            await schedule_intake_notice(self.work, holding.holder)
        return receipt, intake

    async def spend(self, proof: str | None) -> bool:
        """Whether a solved challenge was brought, which counts once; without one its bearer waits."""
        solved = self.work.runtime.proof_of_work.verify(proof)
        return solved is not None and await self._spend(solved)

    def prove_receipt(self, receipt: str, intake: Intake) -> SignedReceipt:
        return ReceiptSigner(self.work.runtime.settings.keys_dir).prove(receipt, local_date(intake.received_at))

    async def status(self, receipt: str) -> ReceiptStatus:
        """What the reporter of an intake may hear of it; raises `not_found` (404) for a wrong receipt."""
        async with self.work.elevated(ElevationReason.RECEIPT):
            intake = await self.by_receipt(receipt)
            link = await self.intakes.link_of(intake.id)
            incident = await self.incidents.find(link.incident_id) if link else None
            raised = await EscalationRepository(self.work.session).last(
                intake_id=intake.id, incident_id=incident.id if incident else None
            )
        return ReceiptStatus(local_date(intake.received_at), _told_state(incident), raised_above=raised is not None)

    async def by_receipt(self, receipt: str) -> Intake:
        """The intake of a receipt, where the session reaches it; raises `not_found` (404) for a wrong one."""
        intake = await self.intakes.by_receipt(self._digest(receipt))
        if intake is None:
            raise NOT_FOUND()
        return intake

    async def get(self, intake_id: UUID) -> tuple[Intake, UUID | None]:
        intake = await self.intakes.get(intake_id)
        link = await self.intakes.link_of(intake.id)
        return intake, link.incident_id if link else None

    async def page(
        self, page: PageRequest, *, lane: str | None, linked: bool | None
    ) -> tuple[Page[Intake], dict[UUID, UUID]]:
        within = self.work.scope.reads(Intake)
        found = await self.intakes.page(self.intakes.held(within, lane=lane, linked=linked), page)
        return found, await self.intakes.links([intake.id for intake in found.items])

    async def open_incident(self, intake_id: UUID) -> Incident:
        """Open an incident from an intake that has none; `wrong_state` (409) where it has one."""
        intake = await self.intakes.get(intake_id)
        await self._check_unlinked(intake)
        form = IntakeForm.of(intake.content)
        holder = await self.custody.unit(intake.holder_id, "/unit_id")
        await ClockService(self.work).taken_up(intake)
        return await self._open(intake, form, Holding(holder, routed=intake.unit_id not in {None, intake.holder_id}))

    async def link(self, intake_id: UUID, incident_id: UUID) -> Intake:
        """Say that an intake tells of a known incident, which goes on counting as one.

        Staff whom the intake accuses are named in the incident, which so rises above their unit as any other would.
        """
        intake = await self.intakes.get(intake_id)
        await self._check_unlinked(intake)
        service = IncidentService(self.work)
        await self.incidents.lock(incident_id)
        incident = await service.writable(incident_id)
        await service.check_unmerged(incident)
        form = IntakeForm.of(intake.content)
        for accused in form.accused:
            if accused.kind in STAFF_KINDS:
                await PersonService(self.work).add(incident, accused_person(accused, intake.unit_id))
        await service.clocks.taken_up(intake)
        if incident.held_above and intake.org_path.startswith(incident.org_path):
            # Below, a head who is accused would see that his intake is linked to what he may not know of.
            intake.holder_id, intake.org_path = incident.holder_id, incident.org_path
        self._link(intake, incident)
        await service.link(incident, intake)
        await self.work.flush()
        return intake

    async def _check_unlinked(self, intake: Intake) -> None:
        if intake.destroyed_at is not None:
            raise DESTROYED()
        if await self.intakes.link_of(intake.id) is not None:
            raise WRONG_STATE()

    async def _open(self, intake: Intake, form: IntakeForm, holding: Holding) -> Incident:
        service = IncidentService(self.work)
        incident = service.begin(intake, form, holding)
        PersonService(self.work).add_those_of(incident, form, intake.unit_id)
        self._link(intake, incident)
        await service.clocks.open(incident)
        return incident

    def _link(self, intake: Intake, incident: Incident) -> None:
        self.intakes.add(
            IntakeLink(
                intake_id=intake.id,
                incident_id=incident.id,
                org_path=incident.org_path,
                linked_at=self.work.now,
                linked_by=self.work.actor_id,
            )
        )

    def _intake(
        self,
        data: IntakeForm,
        unit: Unit | None,
        holder: Unit,
        lane: str,
        channel: str,
        *,
        key: UUID | None = None,
        at: datetime | None = None,
    ) -> Intake:
        intake = Intake(
            id=key or new_id(),
            code=case_code(self.work.today.year),
            holder_id=holder.id,
            org_path=holder.org_path,
            unit_id=unit.id if unit else None,
            source_channel=channel,
            lane=lane,
            content=data.model_dump(mode="json", exclude=NOT_CONTENT, exclude_none=True),
            cipher=self.work.new_cipher(),
            has_informant=data.informant is not None,
            received_at=at or self.work.now,
            recorded_at=at or self.work.now,
            recorded_by=self.work.actor_id,
        )
        self.intakes.add(intake)
        named = {a.unit_id or intake.unit_id for a in data.accused if a.kind in STAFF_KINDS}
        for unit_id in filter(None, named):
            self.intakes.add(AccusedUnit(intake_id=intake.id, org_path=intake.org_path, unit_id=unit_id))
        if data.informant is not None:
            told = data.informant.model_dump(mode="json", exclude_none=True)
            self.intakes.add(
                Informant(
                    intake_id=intake.id,
                    org_path=intake.org_path,
                    identity=told,
                    phone_index=phone_index(self.work, data.informant.phone),
                    cipher=self.work.new_cipher(),
                )
            )
        return intake

    def _date(self, intake: Intake, told: datetime | None, unit: Unit) -> None:
        """Nobody makes another line late by what he says of the past: there it is received once it is recorded."""
        if told is not None and self.work.scope.writes(Intake).holds(unit.org_path):
            intake.received_at = told
        elif told is not None:
            intake.content = {**(intake.content or {}), "received_at": told.isoformat()}

    def _place(self, holding: Holding, *, own: bool) -> AbstractAsyncContextManager[None]:
        if own:
            return nullcontext()
        return self.work.elevated(ElevationReason.ACCUSED_ROUTING if holding.routed else ElevationReason.FOREIGN_INTAKE)

    def _keep_in_sight(self, incident: Incident) -> bool:
        """Whoever reaches only what is shared with them keeps sight of what they took in."""
        actor = self.work.actor
        if actor.rights.reach(AccessClass.CASE) is not Reach.GRANTED:
            return False
        self.incidents.add(
            CaseGrant(
                **part_of(incident),
                grantee_user_id=actor.id,
                tier=int(Tier.IDENTITIES),
                reason="took_it_in",
                created_at=self.work.now,
                created_by=actor.id,
                expires_at=self.work.now + timedelta(days=OWN_CASE_DAYS),
            )
        )
        return True

    def _digest(self, receipt: str) -> str:
        return receipt_digest(receipt, self.work.runtime.ring.secret("receipts"))

    async def _spend(self, proof: str) -> bool:
        requests = RequestRepository(self.work.session)
        if await requests.is_spent(proof):
            return False
        requests.add(SpentProof(digest=proof, expires_at=self.work.runtime.proof_of_work.expiry()))
        try:
            await self.work.flush()
        except ConstraintError as error:
            raise DUPLICATE() from error
        return True

    async def _check(self, form: IntakeForm) -> None:
        await CodeListService(self.work).check(form, self.work.today)
        # An intake never changes: a unit that is unknown now would keep it from ever opening an incident.
        await self.custody.check((f"/children/{i}/unit_id", child.unit_id) for i, child in enumerate(form.children))
        await self.custody.check((f"/accused/{i}/unit_id", a.unit_id) for i, a in enumerate(form.accused))


def _told_state(incident: Incident | None) -> str:
    """By the rule of the thread: taken up by being opened as an incident or linked to one, closed once that ended."""
    if incident is None:
        return "received"
    return "closed" if incident.state in ENDED else "in_progress"


def _accused(form: IntakeForm) -> list[Accused]:
    return [Accused(a.kind, a.unit_id, f"/accused/{i}/unit_id") for i, a in enumerate(form.accused)]


def receipt_keys(runtime: Runtime) -> list[dict[str, str | None]]:
    """The public keys by which proofs of receipt are checked, oldest first."""
    return ReceiptSigner(runtime.settings.keys_dir).published()
