"""Anonymous intakes and the status behind their receipts (Decree 80/2017 art. 6)."""

from dataclasses import dataclass, replace
from datetime import date

from app.core import time
from app.core.database import ConstraintError
from app.core.problems import DUPLICATE, NOT_FOUND
from app.core.time import CoarseTime, local_date, next_grid_line
from app.models.cases.incidents import Incident
from app.models.intakes.intakes import Intake
from app.models.platform.requests import SpentProof
from app.repositories.cases.clocks import EscalationRepository
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.intakes.forwardings import ForwardingRepository
from app.repositories.intakes.intakes import IntakeRepository
from app.repositories.intakes.set_asides import SetAsideRepository
from app.repositories.platform.requests import RequestRepository
from app.schemas.intakes.intakes import PublicIntakeIn
from app.security.access.elevation import ElevationReason
from app.security.receipts.proof_of_work import PROVEN, UNPROVEN
from app.security.receipts.receipts import new_receipt, receipt_digest
from app.security.receipts.signed_receipts import ReceiptSigner, SignedReceipt
from app.services.cases.clocks import ClockService
from app.services.cases.custody import Custody
from app.services.cases.incidents import ENDED
from app.services.intakes.intakes import accused_of, bounded, check_form, mark_ahead, record_intake
from app.services.notices.notices import follow_reporter
from app.services.platform.jobs import JobKind
from app.services.platform.unit_of_work import Runtime, UnitOfWork

WEB_FORM = "web_form"


@dataclass(frozen=True, slots=True)
class ReceiptStatus:
    """The public status of an intake: `raised_above` after an escalation, `forwarded` after a change of its holder."""

    received_on: date
    state: str
    raised_above: bool
    forwarded: bool


class PublicIntakeService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.intakes = IntakeRepository(work.session)

    async def receive(self, data: PublicIntakeIn) -> tuple[str, Intake]:
        """Record an anonymous report and issue a receipt. A missing proof of work delays it and marks it as unproven.

        Raises `invalid` (422), `duplicate` (409) for a proof in concurrent use.
        """
        custody = Custody(self.work)
        await check_form(self.work, custody, data)
        proven = await self.spend(data.proof)
        if not proven:
            await self.work.release()
        await self.work.runtime.proof_of_work.take(proven=proven)
        self.work.now = time.utc_now()
        receipt = new_receipt()
        async with self.work.elevated(ElevationReason.PUBLIC_INTAKE):
            named = await custody.unit(data.unit_id, "/unit_id") if data.unit_id else None
            unit = await (custody.receiving_unit(named) if named else custody.department())
            # Without a named school, "staff" does not mean the department's staff: no unit above would see the case.
            accused = (
                [replace(a, unit_id=a.unit_id or named.id) for a in accused_of(data)] if named else accused_of(data)
            )
            decision = await custody.assign(unit, [a for a in accused if a.unit_id is not None])
            # The exact minute could identify a reporter in a small school.
            at = CoarseTime.of(self.work.now, at_once=data.immediate_danger)
            lane = PROVEN if proven else UNPROVEN
            data, ahead = bounded(data, self.work.now, at.hour)
            intake = record_intake(self.work, data, named, decision.holder, lane, WEB_FORM, at)
            mark_ahead(intake, ahead)
            intake.receipt_digest = self._digest(receipt)
            intake.immediate_danger = data.immediate_danger
            await self.work.flush()
            await ClockService(self.work).wait(intake)
            danger, holder = data.immediate_danger, decision.holder.id
            await follow_reporter(self.work, holder, JobKind.ANNOUNCE_INTAKES, at, danger=danger)
        return receipt, intake

    async def spend(self, proof: str | None) -> bool:
        """Whether the proof is a solved, unused challenge; marks it as used."""
        solved = self.work.runtime.proof_of_work.verify(proof)
        return solved is not None and await self._spend(solved)

    def sign_receipt(self, receipt: str, intake: Intake) -> SignedReceipt:
        return ReceiptSigner(self.work.runtime.settings.keys_dir).prove(receipt, local_date(intake.received_at))

    async def status(self, receipt: str) -> ReceiptStatus:
        """The status that a reporter may see; raises `not_found` (404) for a wrong receipt."""
        async with self.work.elevated(ElevationReason.RECEIPT):
            intake = await self.by_receipt(receipt)
            link = await self.intakes.link_of(intake.id)
            incident = await IncidentRepository(self.work.session).find(link.incident_id) if link else None
            escalation = await EscalationRepository(self.work.session).last(
                intake_id=intake.id, incident_id=incident.id if incident else None
            )
            aside = await SetAsideRepository(self.work.session).reasons([intake.id])
            past = await ForwardingRepository(self.work.session).facts(intake.id)
        return ReceiptStatus(
            local_date(intake.received_at),
            _public_state(incident, is_set_aside=bool(aside)),
            raised_above=escalation is not None,
            forwarded=any(each.moved for each in past),
        )

    async def by_receipt(self, receipt: str) -> Intake:
        """The intake of a receipt within the session's scope; raises `not_found` (404) for a wrong receipt."""
        intake = await self.intakes.by_receipt(self._digest(receipt))
        if intake is None:
            raise NOT_FOUND()
        return intake

    def _digest(self, receipt: str) -> str:
        return receipt_digest(receipt, self.work.runtime.ring.secret("receipts"))

    async def _spend(self, proof: str) -> bool:
        requests = RequestRepository(self.work.session)
        if await requests.is_spent(proof):
            return False
        expires_at = next_grid_line(self.work.runtime.proof_of_work.expiry())
        requests.add(SpentProof(digest=proof, expires_at=expires_at))
        try:
            await self.work.flush()
        except ConstraintError as error:
            raise DUPLICATE() from error
        return True


def _public_state(incident: Incident | None, *, is_set_aside: bool) -> str:
    """In progress after a link to an incident, closed after the end of the incident."""
    if incident is None:
        return "set_aside" if is_set_aside else "received"
    return "closed" if incident.state in ENDED else "in_progress"


def receipt_keys(runtime: Runtime) -> list[dict[str, str | None]]:
    """The public keys that verify signed receipts, oldest first."""
    return ReceiptSigner(runtime.settings.keys_dir).published()
