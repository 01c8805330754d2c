"""Intakes recorded by staff, and the record common to both channels (Decree 56/2017, Mẫu 01)."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import TypeVar
from uuid import UUID

from app.core.ids import case_code, id_of_hour, new_id
from app.core.paging import Page, PageRequest
from app.core.scoping import AccessClass, Tier
from app.core.time import CoarseTime
from app.models.cases.incidents import STAFF_KINDS, Incident, part_of
from app.models.intakes.informants import Informant
from app.models.intakes.intakes import AccusedUnit, Intake, IntakeFilter
from app.models.sharing.grants import CaseGrant
from app.models.units import Unit
from app.repositories.intakes.intakes import IntakeRepository
from app.repositories.intakes.set_asides import SetAsideRepository
from app.schemas.intakes.intakes import InformantIn, IntakeForm, IntakeIn
from app.security.access.elevation import ElevationReason
from app.security.access.roles import Reach
from app.security.crypto.blind_index import BlindIndex
from app.services.cases.clocks import ClockService
from app.services.cases.custody import Accused, Custody, CustodyDecision, Place
from app.services.cases.opening import OpeningService
from app.services.cases.unit_places import place_of
from app.services.notices.notices import schedule_intake_notice
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService

F = TypeVar("F", bound=IntakeForm)
STAFF_LANE = "staff"
BOUNDED = ("occurred_at", "received_at")
OWN_CASE_DAYS = 365
PHONE = "informant.phone"
PHONE_COLUMNS = ("phone_index", "second_phone_index")
TRANSPORT = {"proof", "wants_proof_of_receipt", "immediate_danger"}
NOT_CONTENT = {"unit_id", "source_channel", "received_at", "open_incident", "informant"} | TRANSPORT


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """The outcome of an intake; `visible` is false if its holder is outside the recorder's scope."""

    intake: Intake
    incident: Incident | None
    held_by_superior: bool
    visible: bool
    clock_ahead: list[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The incident of an intake, or why it is set aside."""

    incident_id: UUID | None
    set_aside_reason: str | None


@dataclass(frozen=True, slots=True)
class IntakeCount:
    lane: str
    state: str
    reason: str | None
    count: int


class IntakeService:
    """Intakes are immutable; later changes apply to the incident."""

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.intakes = IntakeRepository(work.session)

    async def receive(self, data: IntakeIn) -> IntakeResult:
        """Record a report. Its unit is the holder, or the level above an accused unit.

        Raises `invalid` (422).
        """
        custody = Custody(self.work)
        data, ahead = bounded(data, self.work.now, self.work.now)
        await check_form(self.work, custody, data)
        unit, decision = await self._custody(custody, data)
        own = self.work.scope.writes(Intake).holds(decision.holder.org_path)
        async with within_reach(self.work, decision, own=own):
            intake = record_intake(self.work, data, unit, decision.holder, STAFF_LANE, data.source_channel)
            mark_ahead(intake, ahead)
            self._backdate(intake, data.received_at, unit)
            incident = await self._open(intake, data, decision) if data.open_incident else None
            if incident is None:
                await ClockService(self.work).wait(intake)
            if not own:
                await schedule_intake_notice(self.work, decision.holder.id)
        granted = own and incident is not None and self._grant_to_recorder(incident)
        visible = own and (granted or self.work.actor.rights.reach(AccessClass.CASE) is Reach.SUBTREE)
        return IntakeResult(intake, incident, decision.above_accused, visible, ahead)

    async def _custody(self, custody: Custody, data: IntakeIn) -> tuple[Place, CustodyDecision]:
        unit_id = data.unit_id or self.work.actor.unit_id
        if not data.accused:
            place = await place_of(self.work, custody, unit_id, "/unit_id")
            return place, CustodyDecision(place, above_accused=False)
        unit = await custody.unit(unit_id, "/unit_id")
        return unit, await custody.assign(unit, accused_of(data))

    async def record_for_unit(
        self, unit: Unit, decision: CustodyDecision, form: IntakeForm, channel: str, received_at: datetime
    ) -> tuple[Intake, Incident]:
        """Record an intake with a given holder, and open its incident."""
        intake = record_intake(self.work, form, unit, decision.holder, STAFF_LANE, channel)
        intake.received_at = received_at
        return intake, await self._open(intake, form, decision)

    async def get(self, intake_id: UUID) -> Intake:
        return await self.intakes.get(intake_id)

    async def page(self, page: PageRequest, wanted: IntakeFilter) -> Page[Intake]:
        return await self.intakes.held(page, wanted)

    async def outcomes(self, intakes: Sequence[Intake]) -> dict[UUID, Outcome]:
        """What came of each intake so far."""
        return await self._outcomes([intake.id for intake in intakes])

    async def outcome(self, intake_id: UUID) -> Outcome:
        return (await self._outcomes([intake_id]))[intake_id]

    async def _outcomes(self, ids: Sequence[UUID]) -> dict[UUID, Outcome]:
        links, reasons = await self.intakes.links(ids), await SetAsideRepository(self.work.session).reasons(ids)
        return {key: Outcome(links.get(key), reasons.get(key)) for key in ids}

    async def counts(self) -> list[IntakeCount]:
        """The intakes of the caller's line by lane and by what came of them; those set aside are counted apart."""
        found = await self.intakes.counts(self.work.scope.reads(Intake))
        return [IntakeCount(lane, _state(reason, linked=linked), reason, n) for lane, linked, reason, n in found]

    async def _open(self, intake: Intake, form: IntakeForm, decision: CustodyDecision) -> Incident:
        return await OpeningService(self.work).open(intake, form, intake.unit_id, decision)

    def _backdate(self, intake: Intake, received_at: datetime | None, unit: Place) -> None:
        """Backdating is honoured only within the caller's subtree; elsewhere clocks start at recording."""
        if received_at is not None and self.work.scope.writes(Intake).holds(unit.org_path):
            intake.received_at = received_at
        elif received_at is not None:
            intake.content = {**(intake.content or {}), "received_at": received_at.isoformat()}

    def _grant_to_recorder(self, incident: Incident) -> bool:
        """Grant the incident to a recorder whose role reaches only shared cases."""
        actor = self.work.actor
        if actor.rights.reach(AccessClass.CASE) is not Reach.GRANTED:
            return False
        self.intakes.add(
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


def _state(reason: str | None, *, linked: bool) -> str:
    if linked:
        return "linked"
    return "waiting" if reason is None else "set_aside"


def within_reach(work: UnitOfWork, decision: CustodyDecision, *, own: bool) -> AbstractAsyncContextManager[None]:
    """Write what the decided holder holds; `own` where that is within the caller's scope."""
    if own:
        return nullcontext()
    routed = decision.above_accused
    return work.elevated(ElevationReason.ACCUSED_ROUTING if routed else ElevationReason.FOREIGN_INTAKE)


async def check_form(work: UnitOfWork, custody: Custody, form: IntakeForm) -> None:
    """Raises `invalid` (422) for an unknown code or unit.

    An intake is immutable, so an unknown unit would block its incident permanently.
    """
    await CodeListService(work).check(form, work.today)
    await custody.check([(f"/children/{i}/unit_id", child.unit_id) for i, child in enumerate(form.children)])
    await custody.check([(f"/accused/{i}/unit_id", accused.unit_id) for i, accused in enumerate(form.accused)])


def accused_of(form: IntakeForm) -> list[Accused]:
    return [Accused(a.kind, a.unit_id, f"/accused/{i}/unit_id") for i, a in enumerate(form.accused)]


def record_intake(
    work: UnitOfWork,
    form: IntakeForm,
    unit: Place | None,
    holder: Place,
    lane: str,
    channel: str,
    coarse: CoarseTime | None = None,
) -> Intake:
    """The intake with its informant and accused units; an anonymous one has a coarse time."""
    at, visible_from = (coarse.hour, coarse.visible_from) if coarse else (work.now, None)
    intake = Intake(
        id=id_of_hour(at) if coarse else new_id(),
        code=case_code(work.today.year),
        holder_id=holder.id,
        org_path=holder.org_path,
        unit_id=unit.id if unit else None,
        source_channel=channel,
        lane=lane,
        content=form.model_dump(mode="json", exclude=NOT_CONTENT, exclude_none=True),
        cipher=work.new_cipher(coarse),
        has_informant=form.informant is not None,
        received_at=at,
        recorded_at=at,
        recorded_by=work.actor_id,
        visible_from=visible_from,
    )
    work.session.add(intake)
    accused = {a.unit_id or intake.unit_id for a in form.accused if a.kind in STAFF_KINDS}
    for unit_id in filter(None, accused):
        work.session.add(
            AccusedUnit(
                id=id_of_hour(at) if coarse else new_id(),
                intake_id=intake.id,
                org_path=intake.org_path,
                unit_id=unit_id,
                visible_from=visible_from,
            )
        )
    if form.informant is not None:
        record_informant(work, intake, form.informant, coarse)
    return intake


def record_informant(work: UnitOfWork, intake: Intake, informant: InformantIn, coarse: CoarseTime | None) -> None:
    """Record the informant under a separate key, which access to the case does not include."""
    work.session.add(
        Informant(
            intake_id=intake.id,
            org_path=intake.org_path,
            identity=informant.model_dump(mode="json", exclude_none=True),
            **phone_columns(work, informant.phone),
            cipher=work.new_cipher(coarse),
            visible_from=intake.visible_from,
        )
    )


def bounded(form: F, now: datetime, latest: datetime) -> tuple[F, list[str]]:
    """The form with times ahead of `now` put to `latest`, and the names of these members.

    The clock of a reporter's device refuses no report. `latest` is coarser where the minute may not be stored.
    """
    ahead = [name for name in BOUNDED if (said := getattr(form, name, None)) is not None and said > now]
    return form.model_copy(update=dict.fromkeys(ahead, latest)), ahead


def mark_ahead(intake: Intake, ahead: list[str]) -> None:
    """Say in the content which times were bounded: they are the server's, not the reporter's."""
    if ahead:
        intake.content = {**(intake.content or {}), "clock_ahead": ahead}


def phone_columns(work: UnitOfWork, phone: str | None) -> dict[str, str | None]:
    """The columns by which an informant is found: of the first two complete numbers."""
    return dict(zip_longest(PHONE_COLUMNS, phone_indexes(work, phone)[: len(PHONE_COLUMNS)]))


def phone_indexes(work: UnitOfWork, phone: str | None) -> list[str]:
    """The blind indexes of the complete telephone numbers in what was said."""
    return BlindIndex(work.runtime.ring.secret("blind-index")).of_phones(PHONE, phone)
