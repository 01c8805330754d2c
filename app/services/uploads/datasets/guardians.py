"""Guardians of learners by upload. Who may not be written to, or not know where the child is, is said by hand alone."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Final
from uuid import UUID

from app.core.problems import Text
from app.core.text import fold
from app.integrations.tables.columns import Column, Columns
from app.integrations.tables.faults import Fault
from app.integrations.tables.kinds import CodeOf, PhoneNumber, Value, Whole, Words
from app.integrations.tables.reading import TypedRow
from app.models.learners.learners import Guardian, Learner
from app.repositories.learners.learners import GuardianRepository
from app.repositories.uploads.registry import RegistryRepository
from app.security.crypto.phones import national
from app.services.learners.registry import blind_index, guardian_name_index, identifier_index, phone_indexes
from app.services.learners.rolls import rolls_changed
from app.services.uploads.contract import REGISTRY, Change, Dataset, Fate, Outcome, Reversal, Terms, fate_of
from app.services.uploads.datasets.learner_columns import IDENTIFIERS, LEARNER_COLUMNS
from app.services.uploads.datasets.matching import LEARNER_UNNAMED, TWO_RECORDS, UNKNOWN_LEARNER
from app.services.uploads.datasets.records import changed, entered, restored, revived

RELATIONS: Final = (
    *(("bo", "father"), ("ba", "father"), ("me", "mother"), ("ma", "mother")),
    *(("ong", "grandparent"), ("ba noi", "grandparent"), ("ba ngoai", "grandparent"), ("ong noi", "grandparent")),
    *(("ong ngoai", "grandparent"), ("ong ba", "grandparent"), ("anh", "sibling"), ("chi", "sibling")),
)
PHONES: Final = ("phone_index", "second_phone_index")
BARS: Final = ("may_be_contacted", "may_know_whereabouts")


class Guardians(Dataset):
    code = "guardians"
    label = Text("Cha mẹ, người giám hộ của học sinh", "Guardians of learners")
    keys = tuple((name, "relation", "full_name") for name in IDENTIFIERS)
    has_school_year = False
    rights = REGISTRY
    is_revertible = True
    columns = Columns(
        (
            *(LEARNER_COLUMNS.by_name[name] for name in IDENTIFIERS),
            Column(
                "relation",
                Text("Quan hệ", "Relation"),
                CodeOf("guardian_relation", RELATIONS),
                is_required=True,
                aliases=("Quan hệ với học sinh", "Mối quan hệ"),
            ),
            Column(
                "full_name",
                Text("Họ và tên người giám hộ", "Guardian's full name"),
                Words(200),
                is_required=True,
                aliases=("Họ tên phụ huynh", "Họ và tên phụ huynh", "Họ tên người giám hộ"),
            ),
            Column("birth_year", Text("Năm sinh", "Year of birth"), Whole(1900, 2100)),
            Column(
                "phone",
                Text("Số điện thoại", "Telephone"),
                PhoneNumber(),
                aliases=("SĐT", "SĐT liên hệ", "Điện thoại", "Số điện thoại liên hệ"),
            ),
        )
    )
    example: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"moet_code": "0000000001", "relation": "Mẹ", "full_name": "Trần Thị Ví Dụ", "birth_year": "1988"}
    )

    @classmethod
    def plain(cls, name: str, value: Value) -> str:
        return fold(str(value)) if name == "full_name" else str(value)

    async def settle(self, terms: Terms, rows: Sequence[TypedRow]) -> list[Outcome]:
        registry, index = RegistryRepository(self.work.session), blind_index(self.work)
        indexes = {
            row.number: {
                (kind, identifier_index(index, kind, str(row.values[name])))
                for name, kind in IDENTIFIERS.items()
                if name in row.values
            }
            for row in rows
        }
        wanted = (pair for pairs in indexes.values() for pair in pairs)
        holders = await registry.holders(self.work.actor.org_path, wanted)
        found = {number: {holders[pair] for pair in pairs if pair in holders} for number, pairs in indexes.items()}
        with self.work.weighing():
            ids = {one for ones in found.values() for one in ones}
            learners = {each.id: each for each in await registry.learners(ids)}
            guardians = defaultdict[UUID, list[Guardian]](list)
            for guardian in await registry.guardians(ids):
                guardians[guardian.learner_id].append(guardian)
            settled = [
                self._settle(terms, row, [learners[one] for one in found[row.number]], guardians) for row in rows
            ]
        await self.work.flush()
        if terms.writes:
            await rolls_changed(self.work, self.work.actor.unit_id)
        return settled

    def _settle(
        self, terms: Terms, row: TypedRow, learners: Sequence[Learner], known: Mapping[UUID, Sequence[Guardian]]
    ) -> Outcome:
        if len(learners) != 1:
            return Outcome.refused(row.number, _fault(row, learners))
        learner, relation = learners[0], str(row.values["relation"])
        facts = self._facts(learner, row)
        among = known.get(learner.id, ())
        named = (relation, facts["name_index"])
        guardian = next((each for each in among if (each.relation, each.name_index) == named), None)
        changes = changed(guardian, facts)
        exists = guardian is not None and guardian.voided_at is None
        is_edited = guardian is not None and guardian.edited_at is not None
        fate = fate_of(terms, exists=exists, changes=bool(_telling(changes)), is_edited=is_edited)
        if not terms.writes or fate not in {Fate.CREATED, Fate.UPDATED}:
            return Outcome(row.number, fate)
        learner.touch()
        if guardian is None:
            guardian = self._new(learner, relation, facts | _bars(facts, among))
            return Outcome(row.number, fate, record_id=guardian.id, before={})
        before = revived(guardian, changes)
        guardian.has_contact_details = bool(guardian.phone or guardian.email)
        if "phone_index" in changes:
            guardian.unreachable_since = None
        return Outcome(row.number, fate, record_id=guardian.id, before=before)

    def _facts(self, learner: Learner, row: TypedRow) -> dict[str, Any]:
        """The columns that the row has a value for."""
        index, name = blind_index(self.work), str(row.values["full_name"])
        facts: dict[str, Any] = {"full_name": name, "name_index": guardian_name_index(index, learner.id, name)}
        if "birth_year" in row.values:
            facts["birth_year"] = row.values["birth_year"]
        if "phone" in row.values:
            phone = national(str(row.values["phone"]))
            facts |= {"phone": phone, **phone_indexes(index, phone)}
        return facts

    def _new(self, learner: Learner, relation: str, facts: Mapping[str, Any]) -> Guardian:
        made = Guardian(
            learner_id=learner.id,
            relation=relation,
            has_contact_details="phone" in facts,
            valid_from=self.work.today,
            cipher=learner.row_cipher,
            **facts,
            **entered(self.work),
        )
        RegistryRepository(self.work.session).add(made)
        return made

    async def edited(self, record_ids: Collection[UUID], since: datetime) -> set[UUID]:  # noqa: ARG002 — it has no parts
        found = await GuardianRepository(self.work.session).by_ids(record_ids)
        return set(record_ids) - {key for key, guardian in found.items() if guardian.edited_at is None}

    async def revert(self, changes: Sequence[Change]) -> list[Reversal]:
        found = await GuardianRepository(self.work.session).by_ids({change.record_id for change in changes})
        for change in changes:
            guardian = found[change.record_id]
            if change.is_creation:
                guardian.voided_at = self.work.now
            else:
                restored(guardian, change.before)
                guardian.has_contact_details = bool(guardian.phone or guardian.email)
        await self.work.flush()
        await rolls_changed(self.work, self.work.actor.unit_id)
        return [Reversal.REVERSED] * len(changes)


def _fault(row: TypedRow, learners: Sequence[Learner]) -> Fault:
    if learners:
        return Fault(TWO_RECORDS, records=tuple(sorted(each.code for each in learners)))
    return Fault(UNKNOWN_LEARNER if any(name in row.values for name in IDENTIFIERS) else LEARNER_UNNAMED)


def _telling(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Without a number that is written otherwise and is the same."""
    if "phone" in changes and "phone_index" not in changes:
        return {name: value for name, value in changes.items() if name != "phone"}
    return dict(changes)


def _bars(facts: Mapping[str, Any], among: Sequence[Guardian]) -> dict[str, bool]:
    """A person who is barred stays so in another relation, and so does any other with that person's telephone."""
    phones = {facts.get(name) for name in PHONES} - {None}
    same = [
        each
        for each in among
        if each.name_index == facts["name_index"] or not phones.isdisjoint(getattr(each, name) for name in PHONES)
    ]
    return {name: all(getattr(each, name) for each in same) for name in BARS}
