"""Roster counts by upload: the whole count of the unit at each moment that the file names."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import ClassVar

from app.core.problems import Text
from app.integrations.tables.columns import Column, Columns
from app.integrations.tables.faults import Fault, define_fault
from app.integrations.tables.kinds import CodeOf, Day, OneOf, Whole, Words
from app.integrations.tables.reading import TypedRow
from app.models.school_years.roster_counts import RosterCount
from app.schemas.school_years.roster_counts import MOST_PUPILS
from app.security.access.roles import Act, Resource
from app.services.school_years.roster_counts import RosterCountService, UnitRoster
from app.services.school_years.school_years import DatedYear
from app.services.uploads.contract import Dataset, Fate, Outcome, Terms, by_policy

OUTSIDE_YEAR = define_fault("outside_year", "Ngày nằm ngoài năm học", "The day lies outside the school year")
LEVEL_NOT_OF_UNIT = define_fault(
    "level_not_of_unit", "Đơn vị không có cấp học này", "The unit has no such school level"
)
COUNT_FROZEN = define_fault("count_frozen", "Số liệu đã chốt", "The count is frozen")
COUNT_INCOMPLETE = define_fault(
    "count_incomplete",
    "Tệp phải nêu đủ các cấp học và số liệu đã có của thời điểm này",
    "The file must name every level of the unit and every figure that this count has",
)
DIFFERS_WITHIN_COUNT = define_fault(
    "differs_within_count",
    "Ngày hoặc nguồn khác với dòng {other}: một thời điểm chỉ có một ngày và một nguồn",
    "The day or the source differs from row {other}: a count has one day and one source",
)
FIGURES = ("pupils", "counted_on", "source")
MOMENTS = (
    ("start", ("Đầu năm học", "Đầu năm", "Start of the school year")),
    ("end", ("Cuối năm học", "Cuối năm", "End of the school year")),
)
LEVELS = (("thcs", "lower_secondary"), ("thpt", "upper_secondary"), ("gdtx", "continuing"))


class RosterCounts(Dataset):
    code = "roster_counts"
    label = Text("Số học sinh theo cấp học và giới tính", "Pupils by school level and sex")
    keys = (("moment", "school_level", "sex"),)
    has_school_year = True
    rights = ((Act.CREATE, Resource.ROSTER_COUNT),)
    most_rows = 500
    columns = Columns(
        (
            Column("moment", Text("Thời điểm", "Moment"), OneOf(MOMENTS), is_required=True),
            Column("counted_on", Text("Ngày thống kê", "Counted on"), Day(), is_required=True, aliases=("Ngày",)),
            Column(
                "school_level",
                Text("Cấp học", "School level"),
                CodeOf("school_level", LEVELS),
                is_required=True,
            ),
            Column("sex", Text("Giới tính", "Sex"), CodeOf("sex"), is_required=True),
            Column(
                "pupils",
                Text("Số học sinh", "Pupils"),
                Whole(0, MOST_PUPILS),
                is_required=True,
                aliases=("Số lượng", "Sĩ số", "Số HS"),
            ),
            Column("source", Text("Nguồn số liệu", "Source"), Words(300), is_required=True, aliases=("Nguồn",)),
        )
    )
    example: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "moment": "Đầu năm",
            "counted_on": "30/09/2026",
            "school_level": "Tiểu học",
            "sex": "Nữ",
            "pupils": "212",
            "source": "Báo cáo EMIS đầu năm học (ví dụ)",
        }
    )

    async def settle(self, terms: Terms, rows: Sequence[TypedRow]) -> list[Outcome]:
        """Each count is judged as a whole. Raises `not_found` (404) for an unknown school year."""
        by_moment = defaultdict[str, list[TypedRow]](list)
        for row in rows:
            by_moment[str(row.values["moment"])].append(row)
        settled = [await self._settle_count(terms, moment, each) for moment, each in by_moment.items()]
        return [outcome for outcomes in settled for outcome in outcomes]

    async def _settle_count(self, terms: Terms, moment: str, rows: Sequence[TypedRow]) -> list[Outcome]:
        service = RosterCountService(self.work)
        year = await service.years.get(str(terms.school_year))
        roster = await service.on_day(year, moment, _day(rows[0]))
        known = {(count.school_level, count.sex): count for count in roster.counts}
        if all(_is_same(known.get(_level_and_sex(row)), row) for row in rows):
            return [Outcome(row.number, Fate.SAME) for row in rows]
        faults = {row.number: tuple(_faults(year, roster, rows[0], row)) for row in rows}
        if any(faults.values()) or _lacks(roster, rows):
            # The figures of one count belong together: with one wrong row there is no whole count.
            incomplete = (Fault(COUNT_INCOMPLETE),)
            return [Outcome.refused(row.number, *(faults[row.number] or incomplete)) for row in rows]
        settled = [self._settle_row(terms, roster, known.get(_level_and_sex(row)), row) for row in rows]
        await self.work.flush()
        return settled

    def _settle_row(self, terms: Terms, roster: UnitRoster, count: RosterCount | None, row: TypedRow) -> Outcome:
        if (fate := by_policy(terms.policy, exists=count is not None)) is not None:
            return Outcome(row.number, fate)
        if _is_same(count, row):
            return Outcome(row.number, Fate.SAME)
        fate = Fate.CREATED if count is None else Fate.UPDATED
        if not terms.writes:
            return Outcome(row.number, fate)
        before = None if count is None else {name: _plain(getattr(count, name)) for name in FIGURES}
        count = count or RosterCountService(self.work).new_row(roster, *_level_and_sex(row))
        for name in FIGURES:
            setattr(count, name, row.values[name])
        count.updated_at = self.work.now
        return Outcome(row.number, fate, record_id=count.id, before=before)


def _day(row: TypedRow) -> date:
    day = row.values["counted_on"]
    assert isinstance(day, date)  # noqa: S101 — the column's kind
    return day


def _is_same(count: RosterCount | None, row: TypedRow) -> bool:
    return count is not None and all(getattr(count, name) == row.values[name] for name in FIGURES)


def _level_and_sex(row: TypedRow) -> tuple[str, str]:
    return str(row.values["school_level"]), str(row.values["sex"])


def _plain(value: object) -> object:
    return value if isinstance(value, int) else str(value)


def _faults(year: DatedYear, roster: UnitRoster, first: TypedRow, row: TypedRow) -> Iterator[Fault]:
    if roster.is_frozen:
        yield Fault(COUNT_FROZEN)
    if not year.has(_day(row)):
        yield Fault(OUTSIDE_YEAR, "counted_on")
    if row.values["school_level"] not in roster.levels:
        yield Fault(LEVEL_NOT_OF_UNIT, "school_level")
    for name in ("counted_on", "source"):
        if row.values[name] != first.values[name]:
            yield Fault(DIFFERS_WITHIN_COUNT, name, other=first.number)


def _lacks(roster: UnitRoster, rows: Sequence[TypedRow]) -> bool:
    """Whether the file leaves out a level of the unit, or a figure that the count has."""
    named = {_level_and_sex(row) for row in rows}
    has = {(count.school_level, count.sex) for count in roster.counts}
    return not has <= named or not set(roster.levels) <= {level for level, _ in named}
