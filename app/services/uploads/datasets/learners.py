"""Learners by upload: the record, its numbers, and the enrolment in the school year."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.core.ids import new_id
from app.core.problems import Text
from app.core.text import fold
from app.core.vocabulary import SEALED_KINDS
from app.integrations.tables.kinds import Value
from app.integrations.tables.reading import TypedRow
from app.models.learners.learners import Learner, LearnerIdentifier, code_of
from app.models.sealed import Cipher
from app.repositories.learners.transfers import TransferRepository
from app.repositories.uploads.registry import RegistryRepository
from app.services.learners.registry import name_columns
from app.services.learners.rolls import rolls_changed
from app.services.uploads.contract import REGISTRY, Change, Dataset, Fate, Outcome, Reversal, Terms, Totals, fate_of
from app.services.uploads.datasets.enrolling import Enroller, Placement, unenrol
from app.services.uploads.datasets.learner_columns import IDENTIFIERS, LEARNER_COLUMNS, LEARNER_EXAMPLE
from app.services.uploads.datasets.matching import Match, Matcher
from app.services.uploads.datasets.records import changed, entered, plain, restored, revived

MOVED: Final = "moved"
# Fewer rows are seen at a glance.
FEWEST: Final = 10
WORDS: Final = ("ethnicity", "nationality", "disability")
FACTS: Final = ("birth_date", "sex", *WORDS)


class Learners(Dataset):
    code = "learners"
    label = Text("Học sinh, với lớp và trạng thái của năm học", "Learners, with class and status in a school year")
    keys = tuple((name,) for name in IDENTIFIERS)
    weak_key = ("full_name", "birth_date")
    keys_are_of_year = False
    optional_to_update = frozenset(("full_name", "birth_date", "sex"))
    has_school_year = True
    rights = REGISTRY
    columns = LEARNER_COLUMNS
    example = LEARNER_EXAMPLE

    is_revertible = True

    @classmethod
    def plain(cls, name: str, value: Value) -> str:
        return fold(str(value)) if name == "full_name" else str(value)

    async def edited(self, record_ids: Collection[UUID], since: datetime) -> set[UUID]:
        found = await RegistryRepository(self.work.session).edited(record_ids, since)
        # The school that such a learner left ended its enrolment.
        return found | await TransferRepository(self.work.session).confirmed(record_ids, since)

    async def revert(self, changes: Sequence[Change]) -> list[Reversal]:
        """The numbers and the enrolments that the rows brought are void; what they changed is as before."""
        registry = RegistryRepository(self.work.session)
        learners = {each.id: each for each in await registry.learners([change.record_id for change in changes])}
        numbers = [UUID(each) for change in changes for each in change.before["identifiers"]]
        await registry.void_identifiers(numbers, self.work.now)
        await unenrol(self.work, [change.before["enrolment"] for change in changes if "enrolment" in change.before])
        for change in changes:
            self._undo(learners[change.record_id], change)
        await self.work.flush()
        await rolls_changed(self.work, self.work.actor.unit_id)
        return [Reversal.REVERSED] * len(changes)

    def _undo(self, learner: Learner, change: Change) -> None:
        if change.is_creation:
            learner.voided_at = self.work.now
            learner.left_at = learner.left_at or self.work.now
        else:
            restored(learner, change.before["learner"])
        learner.touch()

    async def holds(self, terms: Terms, totals: Totals) -> list[str]:
        """A file with few known learners may be another school's; one by which many leave may be half a file."""
        settings, registry = self.work.runtime.settings, RegistryRepository(self.work.session)
        known = sum(totals.fates[fate] for fate in (Fate.UPDATED, Fate.SAME, Fate.KEPT))
        rows, moved = known + totals.fates[Fate.CREATED], totals.marks.get(MOVED, 0)
        reasons = list[str]()
        if rows >= FEWEST and known < settings.upload_known_share * rows and await registry.has_learners():
            reasons.append("few_known")
        if moved >= FEWEST:
            present = await registry.present(str(terms.school_year))
            if moved > settings.upload_moved_share * present:
                reasons.append("many_moved")
        return reasons

    async def settle(self, terms: Terms, rows: Sequence[TypedRow]) -> list[Outcome]:
        matcher, enroller = Matcher(self.work), Enroller(self.work, str(terms.school_year), terms.upload_id)
        await matcher.load(rows)
        matches = {row.number: matcher.match(row) for row in rows}
        known = [match.learner for match in matches.values() if match.learner is not None]
        await enroller.load(known, writes=terms.writes)
        settled = list[Outcome]()
        async with enroller.rows as made:
            for row in rows:
                settled.append(self._settle_row(terms, enroller, matches[row.number], row))
                await made.pause()
        await self.work.flush()
        if terms.writes:
            await rolls_changed(self.work, self.work.actor.unit_id)
        return settled

    def _settle_row(self, terms: Terms, enroller: Enroller, match: Match, row: TypedRow) -> Outcome:
        placement = enroller.place(match.learner, row)
        if faults := (*match.faults, *placement.faults):
            return Outcome.refused(row.number, *faults)
        learner = match.learner
        with self.work.weighing():
            # Of a new learner nothing is compared.
            changes = changed(learner, _facts(row.values, learner)) if learner is not None or terms.writes else {}
        is_alive = learner is not None and learner.voided_at is None
        fate = fate_of(
            terms,
            exists=is_alive,
            changes=bool(changes or match.missing or placement.changes),
            is_edited=_is_edited(learner, changes, placement),
        )
        if not terms.writes or fate not in {Fate.CREATED, Fate.UPDATED}:
            marks = (MOVED,) if fate is Fate.UPDATED and placement.moves else ()
            return Outcome(row.number, fate, marks=marks)
        return self._write(enroller, Outcome(row.number, fate), row, match, changes, placement)

    def _write(
        self,
        enroller: Enroller,
        outcome: Outcome,
        row: TypedRow,
        match: Match,
        changes: Mapping[str, Any],
        placement: Placement,
    ) -> Outcome:
        before: dict[str, object] = {}
        learner, rows = match.learner, enroller.rows
        if learner is None:
            learner_id, cipher = new_id(), rows.new_cipher()
            left_at = enroller.left_at(placement, None) if placement.changes else None
            rows.add(Learner, {**self._new(learner_id, cipher, changes), "left_at": left_at})
        else:
            learner_id, cipher = learner.id, learner.row_cipher
            before["learner"] = {"left_at": plain(learner.left_at), **revived(learner, changes)}
            if placement.changes:
                learner.left_at = enroller.left_at(placement, learner.left_at)
            learner.touch()
        numbers = [self._number(learner_id, cipher, name, row, index) for name, index in match.missing.items()]
        for each in numbers:
            rows.add(LearnerIdentifier, each)
        before["identifiers"] = [str(each["id"]) for each in numbers]
        if placement.changes:
            before["enrolment"] = enroller.enrol(learner_id, placement)
        return Outcome(row.number, outcome.fate, record_id=learner_id, before=before)

    def _new(self, learner_id: UUID, cipher: Cipher, facts: Mapping[str, Any]) -> dict[str, Any]:
        words = {name: facts[name] for name in WORDS if name in facts}
        return {
            "id": learner_id,
            "code": code_of(learner_id),
            "unit_id": self.work.actor.unit_id,
            **{name: value for name, value in facts.items() if name not in words},
            **Learner.sealed_as(learner_id, cipher, words),
            **entered(self.work),
        }

    def _number(self, learner_id: UUID, cipher: Cipher, name: str, row: TypedRow, index: str) -> dict[str, Any]:
        kind, value, made = IDENTIFIERS[name], str(row.values[name]), new_id()
        is_sealed = kind in SEALED_KINDS
        return {
            "id": made,
            "learner_id": learner_id,
            "kind": kind,
            "value": None if is_sealed else value,
            "value_index": index,
            "valid_from": self.work.today,
            **LearnerIdentifier.sealed_as(made, cipher, {"number": value if is_sealed else None}),
            **entered(self.work),
        }


def _facts(values: Mapping[str, Value], learner: Learner | None) -> dict[str, Any]:
    """The facts of a row. A learner who is only updated may be identified by a number, without a name.

    The columns of an unchanged name are not compared.
    """
    name = values.get("full_name")
    is_known = name is None or (learner is not None and learner.full_name == name)
    named = {} if is_known else name_columns(str(name))
    return named | {each: values[each] for each in FACTS if each in values}


def _is_edited(learner: Learner | None, changes: Mapping[str, Any], placement: Placement) -> bool:
    """Whether what the row would change was changed by hand."""
    by_hand = learner is not None and learner.edited_at is not None
    return (by_hand and bool(changes)) or (placement.is_edited and placement.changes)
