"""Paper lists of commitments by upload: recorded class by class, as if each sheet were sent by hand."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import ClassVar, Final
from uuid import UUID

from app.core.problems import Text
from app.integrations.tables.columns import Column, Columns
from app.integrations.tables.faults import Fault, define_fault
from app.integrations.tables.kinds import Day, Identifier, OneOf, Value
from app.integrations.tables.reading import TypedRow
from app.repositories.commitments.classes import (
    CommitmentClassRepository,
    EntryRepository,
    ObligationRepository,
    Owed,
)
from app.repositories.uploads.commitments import Sheet, SheetRepository
from app.repositories.uploads.registry import RegistryRepository
from app.schemas.commitments.classes import MOST_ROWS, SignatureIn, SignaturesIn
from app.schemas.commitments.flow import COMMITMENT_FLOW
from app.security.access.roles import Act, Resource
from app.services.commitments.classes import CommitmentClassService
from app.services.learners.registry import blind_index, code_key, identifier_index
from app.services.uploads.contract import Change, Dataset, Fate, Outcome, Reversal, Terms, by_policy
from app.services.uploads.datasets.learner_columns import IDENTIFIERS, LEARNER_COLUMNS
from app.services.uploads.datasets.matching import LEARNER_UNNAMED, TWO_RECORDS

LEARNER_KEYS: Final = ("learner_code", *IDENTIFIERS)
UNKNOWN_SHEET: Final = define_fault(
    "unknown_sheet",
    "Lớp này không có trong đợt ký nào đã bắt đầu của năm học",
    "The class is in no campaign of the school year that has begun",
)
SEVERAL_SHEETS: Final = define_fault(
    "several_sheets",
    "Lớp có trong nhiều đợt ký: hãy ghi mã in trên phiếu",
    "The class is in several campaigns: give the code on the sheet",
)
NOT_ASKED: Final = define_fault(
    "not_asked", "Lớp không có nghĩa vụ ký này", "No learner of the class with this number is asked, or not this party"
)
CONTRADICTS: Final = define_fault(
    "contradicts_record", "Đã ghi nhận khác: hãy rút lại trước", "Something else is recorded: withdraw it first"
)
STATES: Final = (
    ("signed", ("Đã ký", "Ký", "x", "Signed")),
    ("refused", ("Không đồng ý ký", "Từ chối", "Không ký", "Refused")),
    ("not_reached", ("Chưa liên hệ được", "Chưa liên lạc được", "Not reached")),
    ("not_required", ("Không phải ký", "Miễn", "Not required")),
)
PARTY_WORDS: Final = (
    ("pupil", ("Học sinh", "Em", "Pupil")),
    ("guardian", ("Cha mẹ, người giám hộ", "Phụ huynh", "Gia đình", "Cha mẹ", "Guardian")),
)
WAYS: Final = (
    ("class_sheet", ("Phiếu ký của lớp", "Phiếu lớp", "Class sheet")),
    ("witnessed_list", ("Danh sách có người chứng kiến", "Danh sách", "Witnessed list")),
)


class CommitmentSignatures(Dataset):
    code = "commitment_signatures"
    label = Text("Danh sách ký cam kết trên giấy", "Paper lists of commitments")
    keys = tuple(("class_code", name, "party") for name in LEARNER_KEYS)
    has_school_year = True
    rights = ((Act.UPDATE, Resource.COMMITMENT),)
    is_revertible = True
    columns = Columns(
        (
            Column(
                "class_code",
                Text("Mã lớp", "Class code"),
                Identifier(),
                is_required=True,
                aliases=("Lớp", "Mã tờ", "Mã phiếu"),
            ),
            Column("learner_code", Text("Mã trên phiếu", "Code on the sheet"), Identifier()),
            *(LEARNER_COLUMNS.by_name[name] for name in IDENTIFIERS),
            Column("party", Text("Bên ký", "Party"), OneOf(PARTY_WORDS), is_required=True, aliases=("Người ký",)),
            Column("state", Text("Kết quả", "State"), OneOf(STATES), is_required=True, aliases=("Trạng thái", "Đã ký")),
            Column("signed_on", Text("Ngày ký", "Signed on"), Day(), is_required=True, aliases=("Ngày",)),
            Column("way", Text("Cách ký", "Way"), OneOf(WAYS), is_required=True, aliases=("Hình thức",)),
        )
    )
    example: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "class_code": "6A1",
            "moet_code": "0000000001",
            "party": "Phụ huynh",
            "state": "Đã ký",
            "signed_on": "07/09/2026",
            "way": "Phiếu ký của lớp",
        }
    )

    @classmethod
    def plain(cls, name: str, value: Value) -> str:
        return code_key(str(value)) if name == "class_code" else str(value)

    async def settle(self, terms: Terms, rows: Sequence[TypedRow]) -> list[Outcome]:
        """Each class is locked and judged as by hand. What the file leaves out does not change."""
        sheets = await SheetRepository(self.work.session).begun(
            self.work.actor.unit_id, str(terms.school_year), self.work.today
        )
        named, holders = _by_code(sheets), await self._holders(rows)
        settled, by_sheet = list[Outcome](), defaultdict[UUID, list[TypedRow]](list)
        for row in rows:
            found = named.get(code_key(str(row.values["class_code"])), [])
            if len(found) == 1:
                by_sheet[found[0]].append(row)
            else:
                settled.append(
                    Outcome.refused(row.number, Fault(SEVERAL_SHEETS if found else UNKNOWN_SHEET, "class_code"))
                )
        # In one order, so that two uploads that lock classes never deadlock.
        for key in sorted(by_sheet):
            settled += await self._settle_class(terms, key, by_sheet[key], holders)
        return settled

    async def edited(self, record_ids: Collection[UUID], since: datetime) -> set[UUID]:  # noqa: ARG002 — it has no parts
        return {key for key in record_ids if await self._is_edited(key)}

    async def _is_edited(self, record_id: UUID) -> bool:
        """Whether something else was recorded of the party since."""
        entries = EntryRepository(self.work.session)
        entry = await entries.find(record_id)
        if entry is None or entry.withdrawn_at is not None:
            return True
        if await CommitmentClassService(self.work).is_overtaken(entry):
            return True
        # A guardian's own answer may stand beside a listed one that names no guardian.
        return any(each.recorded_at > entry.recorded_at for each in await entries.standing([entry.obligation_id]))

    async def needed(self, changes: Sequence[Change]) -> set[UUID]:
        """The entries of classes that retention destroyed, where nothing can be withdrawn."""
        entries = await EntryRepository(self.work.session).by_ids({change.record_id for change in changes})
        classes = CommitmentClassRepository(self.work.session)
        found = await classes.by_ids({entry.commitment_class_id for entry in entries.values()})
        living = {key for key, row in found.items() if row.destroyed_at is None}
        return {key for key, entry in entries.items() if entry.commitment_class_id not in living}

    async def revert(self, changes: Sequence[Change]) -> list[Reversal]:
        """Withdraw the entries, which stay. A state follows from the other answers, else the former one returns."""
        service, ends = CommitmentClassService(self.work), list[Reversal]()
        entries = await EntryRepository(self.work.session).by_ids({change.record_id for change in changes})
        for change in changes:
            is_back = await service.take_back(entries[change.record_id], str(change.before["state"]))
            ends.append(Reversal.REVERSED if is_back else Reversal.FAILED)
        return ends

    async def _holders(self, rows: Sequence[TypedRow]) -> dict[int, set[UUID]]:
        """The learners of the unit whom the numbers of each row name."""
        index = blind_index(self.work)
        pairs = {
            row.number: {
                (kind, identifier_index(index, kind, str(row.values[name])))
                for name, kind in IDENTIFIERS.items()
                if name in row.values
            }
            for row in rows
        }
        wanted = (pair for some in pairs.values() for pair in some)
        found = await RegistryRepository(self.work.session).holders(self.work.actor.org_path, wanted)
        return {number: {found[pair] for pair in some if pair in found} for number, some in pairs.items()}

    async def _settle_class(
        self, terms: Terms, key: UUID, rows: Sequence[TypedRow], holders: Mapping[int, set[UUID]]
    ) -> list[Outcome]:
        if terms.writes:
            await CommitmentClassRepository(self.work.session).for_update(key)
        obligations = ObligationRepository(self.work.session)
        owed = {(each.learner_id, each.party): each for each in await obligations.owed(key)}
        codes = {each.code: each.id for each in await obligations.learners([key])}
        settled, changing = list[Outcome](), list[tuple[TypedRow, Owed]]()
        said = dict[UUID, str]()
        for row in rows:
            learners = set(holders[row.number])
            if (code := row.values.get("learner_code")) is not None and str(code) in codes:
                learners.add(codes[str(code)])
            outcome = _judged(terms, row, learners, owed, said)
            settled.append(outcome)
            if outcome.fate is Fate.CREATED:
                known = owed[next(iter(learners)), str(row.values["party"])]
                changing.append((row, known))
                said[known.id] = str(row.values["state"])
        if not terms.writes:
            return settled
        made = await self._record(key, changing)
        return [made.get(each.row, each) for each in settled]

    async def _record(self, key: UUID, changing: Sequence[tuple[TypedRow, Owed]]) -> dict[int, Outcome]:
        """Write what changes through the class; the entry of each row, with the state before it."""
        service, sheets = CommitmentClassService(self.work), defaultdict[tuple[str, date], list[SignatureIn]](list)
        for row, owed in changing:
            signature = SignatureIn.model_validate(
                {"learner_id": owed.learner_id, "party": owed.party, "state": row.values["state"]}
            )
            sheets[str(row.values["way"]), _day(row)].append(signature)
        for (way, day), signatures in sheets.items():
            for first in range(0, len(signatures), MOST_ROWS):
                some = signatures[first : first + MOST_ROWS]
                await service.record(key, SignaturesIn.model_validate({"way": way, "signed_on": day, "rows": some}))
        entries = await EntryRepository(self.work.session).standing([owed.id for _, owed in changing])
        newest = {each.obligation_id: each.id for each in sorted(entries, key=lambda each: each.id)}
        return {
            row.number: Outcome(row.number, Fate.CREATED, record_id=newest[owed.id], before={"state": owed.state})
            for row, owed in changing
        }


def _by_code(sheets: Sequence[Sheet]) -> dict[str, list[UUID]]:
    found = defaultdict[str, list[UUID]](list)
    for each in sheets:
        found[each.class_code].append(each.id)
        found[code_key(each.code)].append(each.id)
    return found


def _judged(
    terms: Terms,
    row: TypedRow,
    learners: set[UUID],
    owed: Mapping[tuple[UUID | None, str], Owed],
    said: Mapping[UUID, str],
) -> Outcome:
    """`said` is what former rows of the file say: they may name the class or the learner by another code."""
    if len(learners) > 1:
        return Outcome.refused(row.number, Fault(TWO_RECORDS))
    if not any(name in row.values for name in LEARNER_KEYS):
        return Outcome.refused(row.number, Fault(LEARNER_UNNAMED))
    known = owed.get((next(iter(learners), None), str(row.values["party"]))) if learners else None
    if known is None:
        return Outcome.refused(row.number, Fault(NOT_ASKED))
    state = str(row.values["state"])
    if state == said.get(known.id, known.state):
        return Outcome(row.number, Fate.SAME)
    if known.id in said or not COMMITMENT_FLOW.leads(known.state, state):
        return Outcome.refused(row.number, Fault(CONTRADICTS, "state"))
    return Outcome(row.number, by_policy(terms.policy, exists=False) or Fate.CREATED)


def _day(row: TypedRow) -> date:
    day = row.values["signed_on"]
    assert isinstance(day, date)  # noqa: S101 — the column's kind
    return day
