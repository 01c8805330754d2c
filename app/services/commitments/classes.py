"""Classes in campaigns: the screen of a class, and what is recorded of it in one transaction."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from app.core.ids import new_id
from app.core.paging import Page, PageRequest
from app.core.problems import INVALID, NOT_FOUND, FieldFault, fault, invalid
from app.core.vocabulary import COMMITMENT_VOID as VOID
from app.models.commitments.classes import (
    CommitmentClass,
    CommitmentClassFilter,
    CommitmentCount,
    CommitmentEntry,
    CommitmentObligation,
    part_of,
)
from app.models.learners.learners import Learner
from app.repositories.commitments.campaigns import RollRepository
from app.repositories.commitments.classes import (
    CommitmentClassRepository,
    CommitmentFileRepository,
    CountRepository,
    EntryRepository,
    ObligationRepository,
    Owed,
    Signable,
)
from app.repositories.commitments.slips import SignerRepository
from app.schemas.commitments.classes import CommitmentWithdrawalsIn, SignatureIn, SignaturesIn
from app.schemas.commitments.flow import COMMITMENT_FLOW
from app.security.access.roles import Role
from app.security.crypto.shredded import DESTROYED
from app.services.commitments.answers import Answers, AnswerService
from app.services.commitments.campaigns import CampaignService
from app.services.commitments.counters import shift
from app.services.commitments.recording import check_open, check_states, name_obligations
from app.services.commitments.versions import VersionService
from app.services.platform.unit_of_work import UnitOfWork

# Why somebody refused is between the family, its teacher and the head.
READ_REASONS: Final = frozenset({Role.SCHOOL_HEAD, Role.HOMEROOM_TEACHER})


# Of more learners than these, a class is read whole.
FEW: Final = 8
ELSEWHERE, PDF = "signed_elsewhere", "pdf"
NO_SUCH_GUARDIAN: Final = ("Học sinh không có người giám hộ này", "The learner has no such guardian")


class Named(Protocol):
    """A row of a body that names an obligation."""

    @property
    def learner_id(self) -> UUID: ...

    @property
    def party(self) -> str: ...

    @property
    def guardian_id(self) -> UUID | None: ...


@dataclass(frozen=True, slots=True)
class ClassScreen:
    """The learners of a class, with their obligations, and who can be written to."""

    learners: Sequence[Learner]
    obligations: Sequence[CommitmentObligation]
    reachable: set[UUID]


class CommitmentClassService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.classes = CommitmentClassRepository(work.session)
        self.obligations = ObligationRepository(work.session)
        self.entries = EntryRepository(work.session)
        self.counts = CountRepository(work.session)

    async def page(self, page: PageRequest, wanted: CommitmentClassFilter) -> Page[CommitmentClass]:
        return await self.classes.listed(page, wanted)

    async def get(self, key: UUID) -> CommitmentClass:
        """Raises `not_found` (404), also for a class of which the caller is not the homeroom teacher."""
        return await self.classes.get(key)

    async def names(self, rows: Iterable[CommitmentClass]) -> dict[UUID, str]:
        return await self.classes.names({row.class_id for row in rows})

    async def counted(self, rows: Iterable[CommitmentClass]) -> list[CommitmentCount]:
        return await self.counts.of_classes([row.id for row in rows])

    async def screen(self, row: CommitmentClass) -> ClassScreen:
        learners = await self.obligations.learners([row.id])
        self.work.audit_view(learners)
        rolls, ids = RollRepository(self.work.session), [each.id for each in learners]
        reachable = await rolls.reachable(ids, row.org_path, self.work.today)
        return ClassScreen(learners, await self.obligations.of_classes([row.id]), reachable)

    async def history(self, key: UUID) -> list[tuple[CommitmentEntry, CommitmentObligation, str | None]]:
        """What was recorded of a class, with the reason of a refusal for those who may know it."""
        row = await self.get(key)
        named = {each.id: each for each in await self.obligations.of_classes([row.id])}
        may_know = self.work.actor.role in READ_REASONS
        entries = await self.entries.of_class(row.id)
        return [(each, named[each.obligation_id], each.reason if may_know else None) for each in entries]

    async def check_act(self, row: CommitmentClass, act: str) -> None:
        """Refuses an act as the act itself, whatever its body."""
        if row.destroyed_at is not None:
            raise DESTROYED()
        CampaignService(self.work).check_begun(await CampaignService(self.work).adopted(row.campaign_id))
        states = {each.state for each in await self.obligations.of_classes([row.id])}
        check_open(COMMITMENT_FLOW, act, states)

    async def record(self, key: UUID, data: SignaturesIn) -> CommitmentClass:
        """Record a sheet or a list of a class: all of its rows, or none.

        A row that says what is recorded already changes nothing. What a party said is changed by a withdrawal alone.
        Raises `not_found` (404), `campaign_not_open`, `destroyed` (409), `invalid` (422) with every row that names no
        obligation, names one twice, names another's guardian, or contradicts what is recorded.
        """
        signable, owed = await self._locked(key, data.rows)
        row = signable.row
        await self._check_file(row, data)
        parties = {each.party for each in data.rows}
        await VersionService(self.work).check_counts(signable.campaign, row.template_id, data.template_id, parties)
        answers = await self._answers(signable, data.rows, owed)
        before = [answers.before(each, recorded.guardian_id) for recorded, each in zip(data.rows, owed, strict=True)]
        check_states(COMMITMENT_FLOW, ((each.state, before[at]) for at, each in enumerate(data.rows)))
        changed = [(each, owed[at]) for at, each in enumerate(data.rows) if each.state != before[at]]
        if not changed:
            return row
        self._list("sign", row)
        if any(each.reason for each, _ in changed):
            await self.classes.opened([row])
        await self.entries.insert_rows({CommitmentEntry: self._entries(row, data, changed)})
        await self._move(row, [(each, answers.add(each, said.guardian_id, said.state)) for said, each in changed])
        return row

    async def _answers(self, signable: Signable, rows: Sequence[Named], named: Sequence[Owed]) -> Answers:
        """The answers that stand, once each guardian that a row names is one of its learner."""
        guardians = {each.guardian_id for each in rows}
        if named_ones := {each for each in guardians if each is not None}:
            learners = await SignerRepository(self.work.session).learners(named_ones)
            faults = [
                fault(f"/rows/{at}/guardian_id", "unknown_record", *NO_SUCH_GUARDIAN)
                for at, each in enumerate(rows)
                if each.guardian_id is not None and learners.get(each.guardian_id) != each.learner_id
            ]
            if faults:
                raise INVALID(faults=faults)
        return await AnswerService(self.work).of(signable.row, named, guardians, each=signable.asks_each)

    def _list(self, act: str, row: CommitmentClass) -> None:
        """The entries of the class say who recorded or withdrew what, and when; the audit entry names the class."""
        self.work.list_elsewhere(act, row.id)

    def _entries(
        self, row: CommitmentClass, data: SignaturesIn, changed: Iterable[tuple[SignatureIn, Owed]]
    ) -> list[dict[str, Any]]:
        shared = {
            **part_of(row),
            "way": data.way,
            "template_id": data.template_id or row.template_id,
            "file_id": data.file_id,
            "signed_on": data.signed_on,
            "recorded_at": self.work.now,
            "recorded_by": self.work.actor.id,
        }
        return [
            {
                **shared,
                "id": (key := new_id()),
                "obligation_id": owed.id,
                "state": recorded.state,
                "guardian_id": recorded.guardian_id,
                **_words(key, row, recorded.reason),
            }
            for recorded, owed in changed
        ]

    async def withdraw(self, key: UUID, data: CommitmentWithdrawalsIn) -> CommitmentClass:
        """Withdraw what parties said, such as before a correction. The former entry stays, marked.

        Raises as `record`.
        """
        signable, named = await self._locked(key, data.rows)
        row, answers = signable.row, await self._answers(signable, data.rows, named)
        rows = list(zip(data.rows, named, strict=True))
        faults = [
            fault(f"/rows/{at}", "nothing_to_withdraw", "Không có gì để rút lại", "There is nothing to withdraw")
            for at, (each, owed) in enumerate(rows)
            if not answers.can_withdraw(owed, each.guardian_id)
        ]
        if faults:
            raise INVALID(faults=faults)
        self._list("withdraw", row)
        whole = {owed.id for each, owed in rows if each.guardian_id is None}
        single = {(owed.id, each.guardian_id) for each, owed in rows}
        for entry in await self.entries.standing([owed.id for owed in named]):
            if entry.obligation_id in whole or (entry.obligation_id, entry.guardian_id) in single:
                entry.withdrawn_at, entry.withdrawn_by = self.work.now, self.work.actor.id
        await self._move(row, [(owed, answers.withdraw(owed, each.guardian_id)) for each, owed in rows])
        return row

    async def take_back(self, entry: CommitmentEntry, former: str) -> bool:
        """Withdraw an entry, such as of an upload that is reverted; it stays, marked. False for a destroyed class.

        The state follows from the answers that stand. Without any, a party's answer leaves `withdrawn`, and what the
        school recorded leaves the state before it.
        """
        row = await self.classes.for_update(entry.commitment_class_id)
        if row is None or row.destroyed_at is not None:
            return False
        owed, answers = await self._standing(row, entry)
        self._list("withdraw", row)
        entry.withdrawn_at, entry.withdrawn_by = self.work.now, self.work.actor.id
        await self._move(row, [(owed, answers.take_back(owed, entry, former))])
        return True

    async def is_overtaken(self, entry: CommitmentEntry) -> bool:
        """Whether the obligation no longer has its state by an entry."""
        row = await self.classes.find(entry.commitment_class_id)
        if row is None:
            return True
        owed, answers = await self._standing(row, entry)
        return not answers.rests_on(owed, entry)

    async def _standing(self, row: CommitmentClass, entry: CommitmentEntry) -> tuple[Owed, Answers]:
        """The obligation of an entry, with all answers that stand."""
        (owed,) = (each for each in await self.obligations.owed(row.id) if each.id == entry.obligation_id)
        return owed, await AnswerService(self.work).standing(row, [owed])

    async def _locked(self, key: UUID, rows: Sequence[Named]) -> tuple[Signable, list[Owed]]:
        """The class, locked, and the obligation that each row names."""
        signable = await self.classes.to_sign(key)
        if signable is None:
            raise NOT_FOUND()
        if signable.row.destroyed_at is not None:
            raise DESTROYED()
        CampaignService(self.work).check_begun(signable.campaign)
        learners = {each.learner_id for each in rows}
        owed = await self.obligations.owed(key, learners if len(learners) <= FEW else ())
        known = {(each.learner_id, each.party): each for each in owed}
        names = (((each.learner_id, each.party, each.guardian_id), (each.learner_id, each.party)) for each in rows)
        return signable, name_obligations(names, known, _not_asked)

    async def _check_file(self, row: CommitmentClass, data: SignaturesIn) -> None:
        if data.file_id is None:
            if data.way == ELSEWHERE:
                raise invalid("/file_id", "missing", "Cần tệp PDF đã ký", "The signed PDF is needed")
            return
        file = await CommitmentFileRepository(self.work.session).find(data.file_id)
        if file is not None and data.way == ELSEWHERE and file.kind != PDF:
            raise invalid("/file_id", "not_a_pdf", "Tệp này không phải PDF", "This file is no PDF")
        if file is None or file.commitment_class_id != row.id or file.destroyed_at is not None:
            raise invalid("/file_id", "unknown_record", "Lớp không có tệp này", "The class has no such file")

    async def _move(self, row: CommitmentClass, changes: Sequence[tuple[Owed, str]]) -> None:
        """Bring obligations to their states, with the counters of the class, in this transaction.

        The last of several states of one obligation counts: two guardians of a learner may be in one request.
        """
        moved = {owed: state for owed, state in dict(changes).items() if state != owed.state}
        counts = {each.party: each for each in await self.counts.of_classes([row.id])}
        shifts = Counter((owed.party, owed.state, state) for owed, state in moved.items())
        for (party, before, after), times in shifts.items():
            shift(counts[party], before, after, times)
        shared = {"org_path": row.org_path, "class_id": row.class_id, "state_at": self.work.now}
        await self.obligations.update_rows(
            [{"id": owed.id, **shared, "state": state, "is_void": state == VOID} for owed, state in moved.items()]
        )
        row.touch()


def _words(key: UUID, row: CommitmentClass, reason: str | None) -> dict[str, Any]:
    """Most entries have no words: the key of the class is not opened for them."""
    if reason is None:
        return {"key_id": row.key_id, "sealed": None}
    return CommitmentEntry.sealed_as(key, row.row_cipher, {"reason": reason})


def _not_asked(at: int) -> FieldFault:
    return fault(f"/rows/{at}", "unknown_record", "Lớp không có nghĩa vụ ký này", "The class has no such obligation")
