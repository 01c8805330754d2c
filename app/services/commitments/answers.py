"""What a party said, by whom, and the state that follows: one guardian may sign and another refuse."""

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

# Of a word that the paper gives to nobody in particular.
UNNAMED: Final = None
Voices = dict[UUID | None, CommitmentEntry]
SIGNED, IN_CONFLICT, ASKED, WITHDRAWN = "signed", "in_conflict", "asked", "withdrawn"
PENDING: Final = COMMITMENT_FLOW.initial


def derived(said: Mapping[UUID | None, str], asked: Collection[UUID], *, each: bool) -> str:
    """The state of an obligation, by the word of each who spoke. With `each`, all who are asked must sign."""
    states = set(said.values())
    if len(states) > 1:
        return IN_CONFLICT
    if not states:
        return WITHDRAWN
    (state,) = states
    is_partial = each and state == SIGNED and UNNAMED not in said and not said.keys() >= set(asked)
    return ASKED if is_partial else state


@dataclass(slots=True)
class Answers:
    """The words that stand of some obligations."""

    each: bool
    voices: dict[UUID, Voices] = field(default_factory=dict)
    asked: dict[UUID, set[UUID]] = field(default_factory=dict)
    """The guardians in office of each learner, where each of them is asked."""
    _said: dict[UUID, dict[UUID | None, str]] = field(default_factory=dict)

    def said(self, owed: Owed) -> dict[UUID | None, str]:
        """By whom, with what the request adds and withdraws."""
        known = {guardian: entry.state for guardian, entry in self.voices.get(owed.id, {}).items()}
        return self._said.setdefault(owed.id, known)

    def before(self, owed: Owed, guardian_id: UUID | None) -> str:
        """The state that a new word meets: of a named guardian, the own one."""
        if guardian_id is UNNAMED:
            return owed.state
        word = self.said(owed).get(guardian_id)
        return word or (owed.state if owed.state in OPEN or owed.state == VOID else PENDING)

    def can_withdraw(self, owed: Owed, guardian_id: UUID | None) -> bool:
        if guardian_id is not UNNAMED:
            return guardian_id in self.said(owed)
        return bool(self.said(owed)) or "withdraw" in COMMITMENT_FLOW.open_to(owed.state)

    def add(self, owed: Owed, guardian_id: UUID | None, state: str) -> str:
        """The obligation's state after a record."""
        if state not in SAID:
            return state
        self.said(owed)[guardian_id] = state
        return self.derived(owed)

    def withdraw(self, owed: Owed, guardian_id: UUID | None) -> str:
        """The obligation's state after a withdrawal of one guardian's word, or of all."""
        said = self.said(owed)
        for each in [guardian_id] if guardian_id is not UNNAMED else list(said):
            del said[each]
        return self.derived(owed)

    def says(self, owed: Owed, entry: CommitmentEntry) -> bool:
        """Whether an entry is one of the words, or what the school said last."""
        if entry.state not in SAID:
            return owed.state == entry.state
        word = self.voices.get(owed.id, {}).get(entry.guardian_id)
        return word is not None and word.id == entry.id and owed.state == self.derived(owed)

    def take_back(self, owed: Owed, entry: CommitmentEntry, former: str) -> str:
        """The obligation's state without an entry that was a mistake: the words that stand, else the former one."""
        said = self.said(owed)
        if entry.state not in SAID:
            return self.derived(owed) if said else former
        if not self.says(owed, entry):
            return owed.state
        del said[entry.guardian_id]
        return self.derived(owed)

    def derived(self, owed: Owed) -> str:
        """The state that follows from the words."""
        asked = self.asked.get(owed.learner_id, set()) if owed.learner_id else set()
        return derived(self.said(owed), asked, each=self.each)


class AnswerService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.entries = EntryRepository(work.session)
        self.signers = SignerRepository(work.session)

    async def of(
        self, row: CommitmentClass, named: Sequence[Owed], guardians: Collection[UUID | None], *, each: bool
    ) -> Answers:
        """The words of some obligations of a class, where the state of each does not say them by itself.

        `each`: whether each guardian is asked.
        """
        if not each and all(guardian is UNNAMED for guardian in guardians):
            return Answers(each)
        return await self._read(row, named, each=each)

    async def standing(self, row: CommitmentClass, named: Sequence[Owed]) -> Answers:
        """All words of some obligations of a class."""
        return await self._read(row, named, each=await self._asks_each(row))

    async def _read(self, row: CommitmentClass, named: Sequence[Owed], *, each: bool) -> Answers:
        answers, parties = Answers(each), {owed.id: owed.party for owed in named}
        said = [entry for entry in await self.entries.standing(list(parties)) if entry.state in SAID]
        superseded = await self._superseded(row, {entry.template_id for entry in said})
        for entry in said:
            # Asked anew, a party has not signed the new version; who refused is not asked.
            is_asked_anew = parties[entry.obligation_id] in superseded.get(entry.template_id, ())
            if entry.state != SIGNED or not is_asked_anew:
                answers.voices.setdefault(entry.obligation_id, {})[entry.guardian_id] = entry
        learners = [owed.learner_id for owed in named if owed.learner_id is not None and owed.party == "guardian"]
        found = await self.signers.asked(learners, self.work.today) if each else {}
        for guardian, learner in found.items():
            answers.asked.setdefault(learner, set()).add(guardian)
        return answers

    async def _superseded(self, row: CommitmentClass, template_ids: Collection[UUID]) -> dict[UUID, set[str]]:
        """The parties whose signature of a former version no longer counts, by version."""
        former = set(template_ids) - {row.template_id}
        return await VersionService(self.work).asked_anew(former, row.template_id) if former else {}

    async def _asks_each(self, row: CommitmentClass) -> bool:
        (template,) = await CommitmentTemplateRepository(self.work.session).of_ids([row.template_id])
        return bool(template.document.get("satisfied_by") == "each")
