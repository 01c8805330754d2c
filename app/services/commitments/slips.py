"""Slips of a class: printed, reprinted, handed over and withdrawn by the school. No code or PIN is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from app.core.problems import INVALID, NOT_FOUND, fault, invalid
from app.core.vocabulary import COMMITMENT_OPEN as OPEN
from app.models.commitments.classes import CommitmentClass, CommitmentObligation, part_of
from app.models.commitments.slips import CommitmentSlip
from app.repositories.commitments.classes import CommitmentClassRepository, ObligationRepository, Owed
from app.repositories.commitments.slips import CLOSED, SignerRepository, SlipRepository
from app.schemas.commitments.slips import SlipsIn
from app.security.crypto.shredded import DESTROYED
from app.security.receipts.slip_codes import SlipSecrets, new_code, new_pin
from app.services.commitments.campaigns import CampaignService
from app.services.commitments.problems import NO_SLIP_TO_PRINT, SLIP_ENDED
from app.services.platform.unit_of_work import UnitOfWork

REPRINTED, HANDED_OVER, WITHDRAWN = "reprinted", "handed_over", "withdrawn"
NOT_WRITTEN_TO: Final = (
    "Người này không phải người giám hộ của các em được chọn, hoặc không được liên hệ",
    "No guardian of the chosen learners who may be written to",
)
NO_OBLIGATION: Final = ("Lớp không đề nghị gia đình em này ký", "The class asks no guardian of this learner")


def secrets_of(work: UnitOfWork) -> SlipSecrets:
    return SlipSecrets(work.runtime.ring.secret("commitment-slips"))


@dataclass(frozen=True, slots=True)
class Addressee:
    """A guardian of a learner who is asked to sign."""

    guardian_id: UUID
    learner_id: UUID
    obligation_id: UUID


@dataclass(frozen=True, slots=True)
class PrintedSlip:
    """A slip with its code, for the paper alone."""

    slip: CommitmentSlip
    to: Addressee
    code: str


class SlipService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.slips = SlipRepository(work.session)
        self.classes = CommitmentClassRepository(work.session)
        self.obligations = ObligationRepository(work.session)
        self.signers = SignerRepository(work.session)

    async def of_class(self, key: UUID) -> list[tuple[CommitmentSlip, UUID | None]]:
        """The slips of a class, in order of printing, each with its learner. Raises `not_found` (404)."""
        row = await self.classes.get(key)
        learners = {owed.id: owed.learner_id for owed in await self.obligations.owed(row.id)}
        return [(each, learners[each.obligation_id]) for each in await self.slips.of_class(row.id)]

    async def issue(self, key: UUID, data: SlipsIn) -> tuple[CommitmentClass, list[PrintedSlip]]:
        """Issue new slips for guardians of a class; what they had before ends.

        Raises `not_found` (404), `destroyed`, `no_slip_to_print` (409), `invalid` (422) for a learner whose family is
        not asked, and for a guardian who is none of theirs or may not be written to.
        """
        row = await self._locked(key)
        owed = await self._chosen(row, data.learner_ids)
        asked = await self.signers.asked(owed, self.work.today)
        if data.guardian_ids is not None:
            faults = [
                fault(f"/guardian_ids/{at}", "not_written_to", *NOT_WRITTEN_TO)
                for at, each in enumerate(data.guardian_ids)
                if each not in asked
            ]
            if faults:
                raise INVALID(faults=faults)
            asked = {each: asked[each] for each in data.guardian_ids}
        if not asked:
            raise NO_SLIP_TO_PRINT()
        to = [Addressee(guardian, learner, owed[learner].id) for guardian, learner in asked.items()]
        former = await self._ended(to)
        lasts = await self._lasts(row)
        printed = [self._new(row, lasts, each, former.get(each.guardian_id)) for each in to]
        await self.work.flush()
        return row, printed

    async def _ended(self, to: Sequence[Addressee]) -> dict[UUID | None, CommitmentSlip]:
        """The slips that some guardians have, ended."""
        guardians = {each.guardian_id for each in to}
        standing = await self.slips.standing({each.obligation_id for each in to})
        former: dict[UUID | None, CommitmentSlip] = {
            each.guardian_id: each for each in standing if each.guardian_id in guardians
        }
        for each in former.values():
            self._end(each, REPRINTED)
        # The database allows one slip of a guardian at a time, so the former ones end first.
        await self.work.flush()
        return former

    async def hand_over(self, slip_id: UUID, guardian_id: UUID) -> tuple[CommitmentClass, list[PrintedSlip]]:
        """End a slip, and print one for another guardian of the learner. Both rows stay.

        Raises `not_found` (404), `slip_ended`, `destroyed` (409), `invalid` (422) for somebody who is no other guardian
        or may not be written to.
        """
        row, slip = await self._standing(slip_id)
        obligation: CommitmentObligation = await self.obligations.get(slip.obligation_id)
        learner = obligation.learner_id
        asked = await self.signers.asked([learner], self.work.today) if learner else {}
        if learner is None or guardian_id not in asked or guardian_id == slip.guardian_id:
            raise invalid("/guardian_id", "not_written_to", *NOT_WRITTEN_TO)
        self._end(slip, HANDED_OVER)
        to = Addressee(guardian_id, learner, obligation.id)
        await self._ended([to])
        printed = self._new(row, await self._lasts(row), to, slip)
        await self.work.flush()
        return row, [printed]

    async def withdraw(self, slip_id: UUID) -> tuple[CommitmentSlip, UUID | None]:
        """End a slip without a new one, such as a lost one. What was signed with it stays.

        Raises `not_found` (404), `slip_ended`, `destroyed` (409).
        """
        _, slip = await self._standing(slip_id)
        self._end(slip, WITHDRAWN)
        await self.work.flush()
        return slip, (await self.obligations.get(slip.obligation_id)).learner_id

    async def new_pin(self, slip_id: UUID) -> str:
        """A PIN for a slip, shown once. The digits of the telephone no longer open it, and waits end.

        Raises as `withdraw`.
        """
        _, slip = await self._standing(slip_id)
        pin = new_pin()
        slip.pin_digest = secrets_of(self.work).pin(str(slip.id), pin)
        slip.wrong_count, slip.wait_until = 0, None
        await self.work.flush()
        return pin

    async def _locked(self, key: UUID) -> CommitmentClass:
        row = await self.classes.for_update(key)
        if row is None:
            raise NOT_FOUND()
        if row.destroyed_at is not None:
            raise DESTROYED()
        await self.classes.opened([row])
        return row

    async def _standing(self, slip_id: UUID) -> tuple[CommitmentClass, CommitmentSlip]:
        """The slip, read again under the lock of its class."""
        row = await self._locked((await self.slips.get(slip_id)).commitment_class_id)
        slip = await self.slips.reloaded(slip_id)
        if slip is None or slip.ended_at is not None:
            raise SLIP_ENDED()
        return row, slip

    async def _chosen(self, row: CommitmentClass, learner_ids: Sequence[UUID] | None) -> dict[UUID, Owed]:
        """The families' obligations: of the chosen learners, or of all whose family has not answered."""
        known = {
            each.learner_id: each
            for each in await self.obligations.owed(row.id)
            if each.party == "guardian" and each.state not in CLOSED and each.learner_id is not None
        }
        if learner_ids is None:
            return {learner: each for learner, each in known.items() if each.state in OPEN}
        faults = [
            fault(f"/learner_ids/{at}", "unknown_record", *NO_OBLIGATION)
            for at, each in enumerate(learner_ids)
            if each not in known
        ]
        if faults:
            raise INVALID(faults=faults)
        return {each: known[each] for each in learner_ids}

    def _end(self, slip: CommitmentSlip, because: str) -> None:
        slip.ended_at, slip.ended_by, slip.ended_because = self.work.now, self.work.actor.id, because

    async def _lasts(self, row: CommitmentClass) -> date:
        campaign = await CampaignService(self.work).adopted(row.campaign_id)
        least = self.work.today + timedelta(days=self.work.runtime.settings.commitment_slip_days)
        return max(campaign.closes_on, least)

    def _new(self, row: CommitmentClass, expires_on: date, to: Addressee, former: CommitmentSlip | None) -> PrintedSlip:
        code = new_code()
        slip = CommitmentSlip(
            **part_of(row),
            obligation_id=to.obligation_id,
            guardian_id=to.guardian_id,
            code_digest=secrets_of(self.work).code(code),
            replaces_id=former.id if former else None,
            issued_at=self.work.now,
            issued_by=self.work.actor.id,
            expires_on=expires_on,
            cipher=row.row_cipher,
        )
        self.slips.add(slip)
        return PrintedSlip(slip, to, code)
