"""Classes of a school year by upload."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Final
from uuid import UUID

from app.core.problems import Text
from app.integrations.tables.columns import Column, Columns
from app.integrations.tables.faults import Fault, define_fault
from app.integrations.tables.kinds import CodeOf, Identifier, Value, Words
from app.integrations.tables.reading import TypedRow
from app.models.learners.classes import SchoolClass
from app.repositories.learners.classes import ClassRepository
from app.repositories.uploads.registry import RegistryRepository
from app.services.learners.levels import JUDGED, ClassLevels, class_levels
from app.services.learners.registry import code_key
from app.services.uploads.contract import REGISTRY, Change, Dataset, Fate, Outcome, Reversal, Terms, fate_of
from app.services.uploads.datasets.records import changed, entered, restored, revived

LEVELS: Final = (
    ("thcs", "lower_secondary"),
    ("thpt", "upper_secondary"),
    ("th", "primary"),
    ("gdtx", "continuing"),
)
FACTS: Final = ("name", "grade", "school_level")
# With `level_not_of_unit` the faults of app/services/learners/levels.py.
define_fault("grade_not_of_level", "Cấp học này không có khối lớp ấy", "The school level has no such grade")


class Classes(Dataset):
    code = "classes"
    label = Text("Lớp học của năm học", "Classes of a school year")
    keys = (("code",),)
    has_school_year = True
    rights = REGISTRY
    columns = Columns(
        (
            Column("code", Text("Mã lớp", "Class code"), Identifier(), is_required=True, aliases=("Lớp",)),
            Column("name", Text("Tên lớp", "Class name"), Words(200)),
            Column(
                "grade",
                Text("Khối", "Grade"),
                CodeOf("grade", tuple((f"khoi {number}", str(number)) for number in range(1, 13))),
                aliases=("Khối học", "Khối lớp"),
            ),
            Column("school_level", Text("Cấp học", "School level"), CodeOf("school_level", LEVELS), is_required=True),
        )
    )
    example: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"code": "6A1", "name": "Lớp 6A1 (ví dụ)", "grade": "6", "school_level": "Trung học cơ sở"}
    )

    is_revertible = True

    @classmethod
    def plain(cls, name: str, value: Value) -> str:
        return code_key(str(value)) if name == "code" else str(value)

    async def settle(self, terms: Terms, rows: Sequence[TypedRow]) -> list[Outcome]:
        unit_id, year = self.work.actor.unit_id, str(terms.school_year)
        known = {each.folded_code: each for each in await RegistryRepository(self.work.session).classes(unit_id, year)}
        levels = await class_levels(self.work, year)
        settled = [self._settle_row(terms, levels, known.get(code_key(str(row.values["code"]))), row) for row in rows]
        await self.work.flush()
        return settled

    async def edited(self, record_ids: Collection[UUID], since: datetime) -> set[UUID]:  # noqa: ARG002 — it has no parts
        found = await ClassRepository(self.work.session).by_ids(record_ids)
        return set(record_ids) - {key for key, row in found.items() if row.edited_at is None}

    async def needed(self, changes: Sequence[Change]) -> set[UUID]:
        """A class in which learners are enrolled stays."""
        made = {change.record_id for change in changes if change.is_creation}
        return await RegistryRepository(self.work.session).enrolled_in(made)

    async def revert(self, changes: Sequence[Change]) -> list[Reversal]:
        found = await ClassRepository(self.work.session).by_ids({change.record_id for change in changes})
        for change in changes:
            if change.is_creation:
                found[change.record_id].voided_at = self.work.now
            else:
                restored(found[change.record_id], change.before)
        await self.work.flush()
        return [Reversal.REVERSED] * len(changes)

    def _settle_row(self, terms: Terms, levels: ClassLevels, found: SchoolClass | None, row: TypedRow) -> Outcome:
        changes = changed(found, {name: row.values[name] for name in FACTS if name in row.values})
        exists = found is not None and found.voided_at is None
        is_edited = found is not None and found.edited_at is not None
        fate = fate_of(terms, exists=exists, changes=bool(changes), is_edited=is_edited)
        if fate not in {Fate.CREATED, Fate.UPDATED}:
            return Outcome(row.number, fate)
        if (not exists or JUDGED & changes.keys()) and (faults := _unsuited(levels, found, row)):
            return Outcome.refused(row.number, *faults)
        if not terms.writes:
            return Outcome(row.number, fate)
        if found is None:
            found = self._new(terms, row)
            return Outcome(row.number, fate, record_id=found.id)
        return Outcome(row.number, fate, record_id=found.id, before=revived(found, changes))

    def _new(self, terms: Terms, row: TypedRow) -> SchoolClass:
        code = str(row.values["code"])
        facts: dict[str, Any] = {"name": f"Lớp {code}", "grade": None} | {
            name: row.values[name] for name in FACTS if name in row.values
        }
        made = SchoolClass(
            unit_id=self.work.actor.unit_id,
            school_year=str(terms.school_year),
            code=code,
            folded_code=code_key(code),
            **facts,
            **entered(self.work),
        )
        RegistryRepository(self.work.session).add(made)
        return made


def _unsuited(levels: ClassLevels, found: SchoolClass | None, row: TypedRow) -> list[Fault]:
    grade = row.values.get("grade", None if found is None else found.grade)
    wrong = levels.faults(str(row.values["school_level"]), None if grade is None else str(grade))
    return [Fault(each.code, each.pointer.removeprefix("/")) for each in wrong]
