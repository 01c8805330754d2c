"""School years and terms as dated data, which the department decides each year by the ministry's frame."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.core.problems import INVALID, NOT_FOUND, FieldFault, fault
from app.models.school_years.school_years import SchoolTerm, SchoolYear
from app.repositories.school_years.school_years import SchoolYearRepository
from app.schemas.school_years.school_years import SchoolTermIn, SchoolYearIn
from app.security.access.elevation import ElevationReason
from app.services.platform.unit_of_work import UnitOfWork
from app.services.school_years.problems import NO_SCHOOL_YEAR, SCHOOL_YEAR_IN_USE

DATES = {"starts_on", "ends_on"}


@dataclass(frozen=True, slots=True)
class DatedYear:
    """A school year with its terms. It counts up to `until`, the first day of the next; without one, on and on."""

    year: SchoolYear
    until: date | None
    terms: Sequence[SchoolTerm]

    @property
    def last_day(self) -> date | None:
        return None if self.until is None else self.until - timedelta(days=1)

    def has(self, day: date) -> bool:
        return day >= self.year.starts_on and (self.until is None or day < self.until)

    def term(self, code: str) -> SchoolTerm | None:
        return next((term for term in self.terms if term.code == code), None)


class SchoolYearService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.years = SchoolYearRepository(work.session)

    async def everything(self) -> list[DatedYear]:
        """All years, the newest first."""
        years = await self.years.everything()
        terms = await self.years.terms([year.code for year in years])
        nexts = [None, *(year.starts_on for year in years)]
        return [
            DatedYear(year, until, [term for term in terms if term.school_year == year.code])
            for year, until in zip(years, nexts, strict=False)
        ]

    async def get(self, code: str) -> DatedYear:
        """Raises `not_found` (404)."""
        year = await self.years.by_code(code)
        if year is None:
            raise NOT_FOUND()
        return await self._dated(year)

    async def is_known(self, code: str) -> bool:
        return await self.years.by_code(code) is not None

    async def on(self, day: date) -> DatedYear:
        """The year of a day. 1 and 7 August belong to the year just ended: a year counts until the next begins.

        Raises `no_school_year` (409) for a day before the first.
        """
        year = await self.years.on(day)
        if year is None:
            raise NO_SCHOOL_YEAR()
        return await self._dated(year)

    async def put(self, code: str, data: SchoolYearIn) -> DatedYear:
        """Set a year with its terms, in place of what was set before.

        Raises `invalid` (422) for days that contradict one another or another year's, `school_year_in_use` (409) for
        other days of a year of which a report is locked.
        """
        if faults := [*_wrong_days(code, data), *_wrong_terms(data), *await self._overlaps(code, data)]:
            raise INVALID(faults=faults)
        year = await self.years.by_code(code)
        days = data.model_dump(include=DATES)
        if year is not None and days != {name: getattr(year, name) for name in DATES} and await self._is_locked(code):
            raise SCHOOL_YEAR_IN_USE()
        values = data.model_dump(exclude={"terms"})
        if year is None:
            year = SchoolYear(code=code, **values)
            self.years.add(year)
        for name, value in values.items():
            setattr(year, name, value)
        await self._put_terms(code, data.terms)
        return await self._dated(year)

    async def _put_terms(self, code: str, terms: Sequence[SchoolTermIn]) -> None:
        known = {term.code: term for term in await self.years.terms([code])}
        await self.years.remove([known[gone] for gone in known.keys() - {term.code for term in terms}])
        for data in terms:
            if (term := known.get(data.code)) is None:
                self.years.add(SchoolTerm(school_year=code, **data.model_dump()))
                continue
            for name, value in data.model_dump().items():
                setattr(term, name, value)
        await self.work.flush()

    async def _dated(self, year: SchoolYear) -> DatedYear:
        following = await self.years.following(year)
        return DatedYear(year, following.starts_on if following else None, await self.years.terms([year.code]))

    async def _is_locked(self, code: str) -> bool:
        async with self.work.elevated(ElevationReason.REPORT_CHAIN):
            return await self.years.has_locked_report(code)

    async def _overlaps(self, code: str, data: SchoolYearIn) -> list[FieldFault]:
        others = [year for year in await self.years.everything() if year.code != code]
        is_wrong = {
            "/starts_on": any(year.code < code and data.starts_on <= year.ends_on for year in others),
            "/ends_on": any(year.code > code and data.ends_on >= year.starts_on for year in others),
        }
        return [
            fault(pointer, "overlaps", "Trùng với năm học khác", "It overlaps another school year")
            for pointer in is_wrong
            if is_wrong[pointer]
        ]


def _wrong_days(code: str, data: SchoolYearIn) -> Iterator[FieldFault]:
    first, second = map(int, code.split("-"))
    if second != first + 1:
        yield fault(
            "school_year", "years_not_in_turn", "Năm học gồm hai năm liền nhau", "A school year names two years in turn"
        )
    if data.starts_on.year != first:
        yield fault(
            "/starts_on", "outside_year", "Phải thuộc năm thứ nhất của năm học", "It must lie in the first named year"
        )
    if data.ends_on.year != second:
        yield fault(
            "/ends_on", "outside_year", "Phải thuộc năm thứ hai của năm học", "It must lie in the second named year"
        )


def _wrong_terms(data: SchoolYearIn) -> Iterator[FieldFault]:
    former: SchoolTermIn | None = None
    for at, term in sorted(enumerate(data.terms), key=lambda pair: pair[1].code):
        if term.ends_on <= term.starts_on:
            yield fault(
                f"/terms/{at}/ends_on", "ends_before_start", "Phải sau ngày bắt đầu", "It must follow the start"
            )
        if term.starts_on < data.starts_on:
            yield _outside(f"/terms/{at}/starts_on")
        if term.ends_on > data.ends_on:
            yield _outside(f"/terms/{at}/ends_on")
        if former is not None and former.code == term.code:
            yield fault(f"/terms/{at}/code", "repeated", "Học kỳ đã nêu", "The term is named twice")
        elif former is not None and term.starts_on <= former.ends_on:
            yield fault(
                f"/terms/{at}/starts_on", "overlaps", "Trùng với học kỳ trước", "It overlaps the term before it"
            )
        former = term


def _outside(pointer: str) -> FieldFault:
    return fault(pointer, "outside_year", "Nằm ngoài năm học", "It lies outside the school year")
