"""What the holder of a slip reads, signs, refuses and withdraws without an account.

A code that is unknown, mistyped, expired, ended or superseded, and a nonce that was used, are refused by the same
statement, in the same words. A person who has the code and the second thing is the slip's holder, not a proven person.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from app.core.ids import case_code
from app.core.problems import TOO_MANY_REQUESTS, Problem
from app.core.time import local_date
from app.models.commitments.classes import CommitmentClass, CommitmentEntry, CommitmentObligation, part_of
from app.models.commitments.slips import CommitmentSlip
from app.models.learners.learners import Guardian
from app.models.notices.kinds import NoticeSpec
from app.models.platform.requests import SpentProof
from app.repositories.commitments.classes import CommitmentClassRepository, CountRepository, Owed
from app.repositories.commitments.slips import SignerRepository, SlipRepository
from app.repositories.units import UnitRepository
from app.schemas.commitments.flow import COMMITMENT_FLOW
from app.schemas.commitments.slips import SlipActIn, SlipStatusIn
from app.schemas.commitments.templates import Document
from app.security.access.elevation import ElevationReason
from app.security.crypto.phones import numbers
from app.security.receipts.slip_codes import PIN_DIGITS, new_code
from app.services.commitments.answers import Answers, AnswerService
from app.services.commitments.counters import move
from app.services.commitments.notices import CALL_ASKED, SLIP_GUESSED
from app.services.commitments.problems import SLIP_NOT_USABLE, TEXT_CHANGED, WRONG_SECOND_THING
from app.services.commitments.slips import secrets_of
from app.services.notices.notices import NoticeService
from app.services.platform.unit_of_work import UnitOfWork

SLIP: Final = "slip"
# Two mistakes cost nothing; then each wait is twice the last, up to a day. None is for good.
UNPUNISHED, FIRST_WAIT, LONGEST_WAIT = 2, timedelta(minutes=1), timedelta(days=1)
NOTIFIED_EVERY = 5
CALLS_EVERY: Final = timedelta(days=1)
STATES: Final = {"sign": "signed", "refuse": "refused"}


@dataclass(frozen=True, slots=True)
class SlipStatus:
    """The answer of a guardian, as the holder of the slip may see it."""

    state: str
    said_on: date | None
    receipt: str | None
    acts: Sequence[str]
    call_asked_at: datetime | None


@dataclass(slots=True)
class OpenSlip:
    """A slip whose holder gave the second thing, with its class locked."""

    row: CommitmentClass
    slip: CommitmentSlip
    obligation: CommitmentObligation
    answers: Answers

    @property
    def answer(self) -> CommitmentEntry | None:
        return self.answers.entries.get(self.obligation.id, {}).get(self.slip.guardian_id)


class SlipHolderService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.slips = SlipRepository(work.session)
        self.secrets = secrets_of(work)

    async def read(self, code: str) -> dict[str, Any]:
        """What is asked of a guardian, with a nonce. Nothing changes. Raises `slip_not_usable` (404)."""
        async with self.work.elevated(ElevationReason.COMMITMENT_SLIP):
            slip = await self._usable(self.secrets.code(code), "")
            campaign, template = await self.slips.asked_by(slip.commitment_class_id)
            expires_on = slip.expires_on
        document = Document.model_validate(template.document)
        nonce, until = self.secrets.new_nonce(code, self.work.now)
        return {
            "campaign_vi": campaign.title_vi,
            "campaign_en": campaign.title_en,
            "school_year": campaign.school_year,
            "template_id": template.id,
            **document.model_dump(include={"title_vi", "title_en", "preamble_vi", "satisfied_by"}),
            "clauses": [
                each.model_dump(include={"theme", "text_vi", "text_en"})
                for each in document.clauses
                if each.party == "guardian"
            ],
            "expires_on": expires_on,
            "nonce": nonce,
            "nonce_until": until,
        }

    async def status(self, data: SlipStatusIn) -> SlipStatus:
        """The guardian's own answer.

        Raises `slip_not_usable` (404), `wrong_second_thing` (403), `too_many_requests` (429) after several of those.
        """
        async with self.work.elevated(ElevationReason.COMMITMENT_SLIP):
            opened = await self._open(self.secrets.code(data.code), "", data.second_thing)
            shown = None if opened is None else _status(opened)
        return await self._shown(shown)

    async def act(self, data: SlipActIn) -> SlipStatus:
        """Sign, refuse, withdraw, or ask for a call. To sign or refuse again changes nothing.

        Raises as `status`, `slip_not_usable` (404) also for a nonce that expired or was used, `wrong_state` (409) for
        what contradicts the guardian's own answer, which must be withdrawn first, `commitment_text_changed` (409).
        """
        until = self.secrets.expiry(data.code, data.nonce, self.work.now)
        # A refused nonce is handled as an unknown code, in the same time.
        digest = self.secrets.code(data.code if until else new_code())
        async with self.work.elevated(ElevationReason.COMMITMENT_SLIP):
            opened = await self._open(digest, self.secrets.spent(data.nonce), data.second_thing)
            shown = None
            if opened is not None and until is not None:
                await self._do(opened, data)
                self.slips.add(SpentProof(digest=self.secrets.spent(data.nonce), expires_at=until))
                await self.work.flush()
                shown = _status(opened)
        return await self._shown(shown)

    async def _shown(self, shown: SlipStatus | None) -> SlipStatus:
        if shown is None:
            # The count of wrong second things outlives the refusal.
            await self.work.commit()
            raise WRONG_SECOND_THING()
        return shown

    async def _usable(self, digest: str, spent: str) -> CommitmentSlip:
        slip = await self.slips.usable(digest, spent, self.work.today)
        known = (slip.code_digest if slip else None) or self.secrets.code("")
        if not hmac.compare_digest(known, digest) or slip is None:
            raise SLIP_NOT_USABLE()
        return slip

    async def _open(self, digest: str, spent: str, second_thing: str) -> OpenSlip | None:
        """The slip, under the lock of its class; None after a wrong second thing, which is counted."""
        found = await self._usable(digest, spent)
        signable = await CommitmentClassRepository(self.work.session).to_sign(found.commitment_class_id)
        slip = await self._usable(digest, spent)
        if signable is None:
            raise SLIP_NOT_USABLE()
        row = signable.row
        if slip.wait_until is not None and slip.wait_until > self.work.now:
            left = int((slip.wait_until - self.work.now).total_seconds()) + 1
            raise TOO_MANY_REQUESTS(headers={"Retry-After": str(left)})
        if not await self._knows(slip, second_thing):
            await self._count_wrong(row, slip)
            return None
        if slip.wrong_count:
            slip.wrong_count, slip.wait_until = 0, None
        obligation = await self.slips.obligation(slip)
        owed, guardians = [_owed(obligation)], [slip.guardian_id]
        answers = await AnswerService(self.work).of(row, owed, guardians, each=signable.asks_each)
        return OpenSlip(row, slip, obligation, answers)

    async def _knows(self, slip: CommitmentSlip, second_thing: str) -> bool:
        if slip.pin_digest is not None:
            given = self.secrets.pin(str(slip.id), second_thing)
            return hmac.compare_digest(given, slip.pin_digest)
        if slip.guardian_id is None or len(second_thing) == PIN_DIGITS:
            return False
        guardian: Guardian = await SignerRepository(self.work.session).get(slip.guardian_id)
        endings = [number[-len(second_thing) :] for number in numbers(guardian.phone or "")]
        return any(hmac.compare_digest(ending, second_thing) for ending in endings)

    async def _count_wrong(self, row: CommitmentClass, slip: CommitmentSlip) -> None:
        slip.wrong_count += 1
        if (late := slip.wrong_count - UNPUNISHED) > 0:
            slip.wait_until = self.work.now + min(FIRST_WAIT * 2 ** min(late - 1, 16), LONGEST_WAIT)
        if slip.wrong_count % NOTIFIED_EVERY == 0:
            await self._notify(row, slip, SLIP_GUESSED)
        await self.work.flush()

    async def _notify(self, row: CommitmentClass, slip: CommitmentSlip, kind: NoticeSpec) -> None:
        unit = await UnitRepository(self.work.session).get(row.unit_id)
        data = {"commitment_class_id": str(row.id), "code": row.code, "slip_id": str(slip.id)}
        await NoticeService(self.work).notify(unit, kind, None, data)

    async def _do(self, opened: OpenSlip, data: SlipActIn) -> None:
        if data.act == "call":
            return await self._ask_to_call(opened)
        if data.template_id != opened.row.template_id:
            raise TEXT_CHANGED()
        state = opened.answer.state if opened.answer else None
        if state is not None and STATES.get(data.act) == state:
            return None
        if data.act not in _acts(state):
            raise _refusal(state)
        if data.act == "withdraw":
            return await self._withdraw(opened)
        return await self._answer(opened, STATES[data.act], data.reason)

    async def _ask_to_call(self, opened: OpenSlip) -> None:
        last = opened.slip.call_asked_at
        if last is None or self.work.now - last >= CALLS_EVERY:
            opened.slip.call_asked_at = self.work.now
            await self._notify(opened.row, opened.slip, CALL_ASKED)

    async def _answer(self, opened: OpenSlip, state: str, reason: str | None) -> None:
        guardian_id, obligation = opened.slip.guardian_id, opened.obligation
        await self.slips.opened([opened.row])
        entry = CommitmentEntry(
            **part_of(opened.row),
            obligation_id=obligation.id,
            state=state,
            way=SLIP,
            template_id=opened.row.template_id,
            signed_on=self.work.today,
            reason=reason if state == "refused" else None,
            recorded_at=self.work.now,
            guardian_id=guardian_id,
            slip_id=opened.slip.id,
            receipt=case_code(self.work.today.year),
            cipher=opened.row.row_cipher,
        )
        self.slips.add(entry)
        await self._move(opened, opened.answers.add(_owed(opened.obligation), guardian_id, state))
        opened.answers.entries.setdefault(obligation.id, {})[guardian_id] = entry

    async def _withdraw(self, opened: OpenSlip) -> None:
        await self._move(opened, opened.answers.withdraw(_owed(opened.obligation), opened.slip.guardian_id))
        opened.answers.entries[opened.obligation.id].pop(opened.slip.guardian_id).withdrawn_at = self.work.now

    async def _move(self, opened: OpenSlip, state: str) -> None:
        counts = await CountRepository(self.work.session).of_classes([opened.row.id])
        (count,) = (each for each in counts if each.party == opened.obligation.party)
        move(count, opened.obligation, state, self.work.now)
        opened.row.touch()


def _owed(obligation: CommitmentObligation) -> Owed:
    return Owed(obligation.id, obligation.learner_id, obligation.party, obligation.state)


def _acts(state: str | None) -> tuple[str, ...]:
    return ("sign", "refuse", "call") if state is None else ("withdraw", "call")


def _refusal(answered: str | None) -> Problem:
    """A `wrong_state` (409) that names the acts of a guardian, and no step of the school."""
    state = answered or COMMITMENT_FLOW.initial
    return COMMITMENT_FLOW.refusal(state, closed_to={*COMMITMENT_FLOW.open_to(state)} - {*_acts(answered)})


def _status(opened: OpenSlip) -> SlipStatus:
    answer = opened.answer
    state = answer.state if answer else None
    return SlipStatus(
        state=state or COMMITMENT_FLOW.initial,
        said_on=local_date(answer.recorded_at) if answer else None,
        receipt=answer.receipt if answer else None,
        acts=_acts(state),
        call_asked_at=opened.slip.call_asked_at,
    )
