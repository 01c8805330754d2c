"""Answers to obligations, by guardian, and the state that follows: one guardian may sign and another refuse."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from app.core.vocabulary import COMMITMENT_OPEN as OPEN
from app.core.vocabulary import COMMITMENT_VOID as VOID
from app.models.commitments.classes import CommitmentClass, CommitmentEntry
from app.repositories.commitments.classes import EntryRepository, Owed
from app.repositories.commitments.slips import SignerRepository
from app.repositories.commitments.templates import CommitmentTemplateRepository
from app.schemas.commitments.flow import COMMITMENT_FLOW, SAID
from app.services.commitments.versions import VersionService
from app.services.platform.unit_of_work import UnitOfWork

# The key of an answer for which the paper names no guardian.
UNNAMED: Final = None
EntriesByGuardian = dict[UUID | None, CommitmentEntry]
SIGNED, IN_CONFLICT, ASKED, WITHDRAWN = "signed", "in_conflict", "asked", "withdrawn"
PENDING: Final = COMMITMENT_FLOW.initial


def derived(answers: Mapping[UUID | None, str], asked: Collection[UUID], *, each: bool) -> str:
    """The state of an obligation from the answer of each guardian. With `each`, all who are asked must sign."""
    states = set(answers.values())
    if len(states) > 1:
        return IN_CONFLICT
    if not states:
        return WITHDRAWN
    (state,) = states
    is_partial = each and state == SIGNED and UNNAMED not in answers and not answers.keys() >= set(asked)
    return ASKED if is_partial else state


@dataclass(slots=True)
class Answers:
    """The answers to some obligations that were not withdrawn."""

    each: bool
    entries: dict[UUID, EntriesByGuardian] = field(default_factory=dict)
    asked: dict[UUID, set[UUID]] = field(default_factory=dict)
    """The guardians in office of each learner, where each of them is asked."""
    _states: dict[UUID, dict[UUID | None, str]] = field(default_factory=dict)

    def states(self, owed: Owed) -> dict[UUID | None, str]:
        """The state of each answer by guardian, with what the request adds and withdraws."""
        known = {guardian: entry.state for guardian, entry in self.entries.get(owed.id, {}).items()}
        return self._states.setdefault(owed.id, known)

    def before(self, owed: Owed, guardian_id: UUID | None) -> str:
        """The state before a new answer: for a named guardian, that of the guardian's own answer."""
        if guardian_id is UNNAMED:
            return owed.state
        own = self.states(owed).get(guardian_id)
        return own or (owed.state if owed.state in OPEN or owed.state == VOID else PENDING)

    def can_withdraw(self, owed: Owed, guardian_id: UUID | None) -> bool:
        if guardian_id is not UNNAMED:
            return guardian_id in self.states(owed)
        return bool(self.states(owed)) or "withdraw" in COMMITMENT_FLOW.open_to(owed.state)

    def add(self, owed: Owed, guardian_id: UUID | None, state: str) -> str:
        """The obligation's state after a record."""
        if state not in SAID:
            return state
        self.states(owed)[guardian_id] = state
        return self.derived(owed)

    def withdraw(self, owed: Owed, guardian_id: UUID | None) -> str:
        """The obligation's state after the withdrawal of one guardian's answer, or of all."""
        states = self.states(owed)
        for each in [guardian_id] if guardian_id is not UNNAMED else list(states):
            del states[each]
        return self.derived(owed)

    def rests_on(self, owed: Owed, entry: CommitmentEntry) -> bool:
        """Whether the obligation has its state by an entry: one of the answers, or what the school recorded last."""
        if entry.state not in SAID:
            return owed.state == entry.state
        own = self.entries.get(owed.id, {}).get(entry.guardian_id)
        return own is not None and own.id == entry.id and owed.state == self.derived(owed)

    def take_back(self, owed: Owed, entry: CommitmentEntry, former: str) -> str:
        """The obligation's state without an entry that was a mistake: from the other answers, else the former one."""
        states = self.states(owed)
        if entry.state not in SAID:
            return self.derived(owed) if states else former
        if not self.rests_on(owed, entry):
            return owed.state
        del states[entry.guardian_id]
        return self.derived(owed)

    def derived(self, owed: Owed) -> str:
        """The state that follows from the answers."""
        asked = self.asked.get(owed.learner_id, set()) if owed.learner_id else set()
        return derived(self.states(owed), asked, each=self.each)


class AnswerService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.entries = EntryRepository(work.session)
        self.signers = SignerRepository(work.session)

    async def of(
        self, row: CommitmentClass, named: Sequence[Owed], guardians: Collection[UUID | None], *, each: bool
    ) -> Answers:
        """The answers to some obligations of a class; none are read where the states of the obligations suffice.

        `each`: whether each guardian must sign.
        """
        if not each and all(guardian is UNNAMED for guardian in guardians):
            return Answers(each)
        return await self._read(row, named, each=each)

    async def standing(self, row: CommitmentClass, named: Sequence[Owed]) -> Answers:
        """All answers to some obligations of a class."""
        return await self._read(row, named, each=await self._asks_each(row))

    async def _read(self, row: CommitmentClass, named: Sequence[Owed], *, each: bool) -> Answers:
        answers, parties = Answers(each), {owed.id: owed.party for owed in named}
        found = [entry for entry in await self.entries.standing(list(parties)) if entry.state in SAID]
        superseded = await self._superseded(row, {entry.template_id for entry in found})
        for entry in found:
            # A new version that asks a party again ends its signatures; a refusal stays.
            is_asked_anew = parties[entry.obligation_id] in superseded.get(entry.template_id, ())
            if entry.state != SIGNED or not is_asked_anew:
                answers.entries.setdefault(entry.obligation_id, {})[entry.guardian_id] = entry
        learners = [owed.learner_id for owed in named if owed.learner_id is not None and owed.party == "guardian"]
        asked = await self.signers.asked(learners, self.work.today) if each else {}
        for guardian, learner in asked.items():
            answers.asked.setdefault(learner, set()).add(guardian)
        return answers

    async def _superseded(self, row: CommitmentClass, template_ids: Collection[UUID]) -> dict[UUID, set[str]]:
        """The parties whose signature of a former version no longer counts, by version."""
        former = set(template_ids) - {row.template_id}
        return await VersionService(self.work).asked_anew(former, row.template_id) if former else {}

    async def _asks_each(self, row: CommitmentClass) -> bool:
        (template,) = await CommitmentTemplateRepository(self.work.session).of_ids([row.template_id])
        return bool(template.document.get("satisfied_by") == "each")
