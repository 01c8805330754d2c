"""Report periods: planned, changed, closed. Opening one gives every unit its report (obligations.py)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from app.core.ids import case_code
from app.core.paging import Page, PageRequest
from app.core.problems import DUPLICATE, FORBIDDEN, INVALID, NOT_FOUND, FieldFault, Problem, Text, fault, invalid
from app.core.time import local_date
from app.models.reports.periods import PeriodFilter, ReportPeriod
from app.models.reports.reports import Report
from app.models.reports.rules import ReportChainRule, ReportDueRule, ReportReminderRule
from app.models.reports.templates import ReportTemplate
from app.models.school_years.school_years import SchoolYear
from app.repositories.reports.periods import PeriodRepository
from app.repositories.reports.templates import TemplateRepository
from app.repositories.reports.urgent_reports import URGENT
from app.repositories.units import UnitRepository
from app.schemas.reports.period_flow import PERIOD_FLOW
from app.schemas.reports.periods import DueIn, PeriodIn, PeriodPatch
from app.services.deadlines.rules import ClockRules
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.periods.chain import kinds_below, kinds_between
from app.services.reports.periods.due_days import (
    Due,
    dues_by_rule,
    is_cut_off_early,
    latest_cut_off,
    stored_dues,
)
from app.services.reports.problems import PERIOD_CLOSED, PERIOD_NOT_OVER, PERIOD_RUNNING, URGENT_PERIOD

REQUESTED: Final = "requested"
# Reports of what happened in all of a period, which is known when it is over.
OF_WHOLE: Final = frozenset({"yearly", "term"})

# Kinds of period of which a school year, or a term, has one for each template.
ONCE: Final = frozenset({"yearly", "term"})


class PeriodService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.periods = PeriodRepository(work.session)

    async def page(self, wanted: PeriodFilter, page: PageRequest) -> Page[ReportPeriod]:
        return await self.periods.listed(page, wanted)

    async def get(self, period_id: UUID) -> ReportPeriod:
        """Raises `not_found` (404), also for a planned period of a unit above."""
        return await self.periods.get(period_id)

    async def own(self, period_id: UUID) -> ReportPeriod:
        """The period for its issuer, its row locked. Raises `not_found` (404), `forbidden` (403) for another unit's."""
        period = await self.periods.for_update(period_id)
        if period is None:
            raise NOT_FOUND()
        if period.unit_id != self.work.actor.unit_id:
            raise FORBIDDEN()
        return period

    async def check_act(self, period: ReportPeriod, act: str) -> None:
        """Refuses an act as the act itself, whatever its body."""
        if act != "request_earlier" and period.unit_id != self.work.actor.unit_id:
            raise FORBIDDEN()
        check_planned(period)
        if act == "request_earlier":
            check_open(period)
        elif act in {"change", "withdraw"}:
            if period.state != PERIOD_FLOW.initial:
                raise PERIOD_FLOW.refusal(period.state)
        else:
            PERIOD_FLOW.step(period.state, act)
            await self._check_step(period, act)

    async def _check_step(self, period: ReportPeriod, act: str) -> None:
        if act == "open":
            await self._check_once(period, only_opened=True)
        if act == "close" and await self.periods.is_running(period.id, self.work.now):
            raise PERIOD_RUNNING()

    async def _check_once(self, period: ReportPeriod, *, only_opened: bool) -> None:
        """Raises `duplicate` (409), naming the period that asks for the same already."""
        if period.kind not in ONCE:
            return
        same = [each for each in await self.periods.same(period) if each.opened_at is not None or not only_opened]
        if same:
            code = same[0].code
            raise DUPLICATE(
                Text(
                    f"Kỳ {code} đã yêu cầu báo cáo này: dùng kỳ đó, hoặc hủy khi chưa mở",
                    f"The period {code} asks for this report already: use it, or withdraw it while it is planned",
                ),
                extra={"period_id": str(same[0].id)},
            )

    async def create(self, data: PeriodIn) -> ReportPeriod:
        """Plan a period of the caller's unit.

        Raises `invalid` (422), `duplicate` (409) beside a yearly or term period for the same template and time.

        The report belongs to the school year of its period, whenever it is written. The cut-off is at least one
        working day before the first due day, and each level has its own due day (Decree 09/2019/NĐ-CP).
        """
        template, year = await self._template(data), await self._school_year(data)
        await self._check_term(data)
        if data.kind == REQUESTED and data.letter is None:
            raise invalid("/letter", "letter_required", "Cần nêu văn bản yêu cầu", "The letter that asks is required")
        dues = await self._dues(data.kind, data.dues, data.ends_on)
        actor = self.work.actor
        period = ReportPeriod(
            unit_id=actor.unit_id,
            org_path=actor.org_path,
            code=case_code(self.work.today.year),
            kind=data.kind,
            template_id=template.id,
            school_year=year.code,
            term=data.term,
            starts_on=data.starts_on,
            ends_on=data.ends_on,
            cut_off_at=await self._cut_off(data.cut_off_at, dues),
            dues=[due.stored for due in dues],
            **_letter(data),
            created_at=self.work.now,
            created_by=actor.id,
        )
        _check_days(period, year, dues)
        await self._check_once(period, only_opened=False)
        self.periods.add(period)
        await self.work.flush()
        return period

    async def change(self, period: ReportPeriod, patch: PeriodPatch) -> ReportPeriod:
        """Change a planned period. Raises `wrong_state` (409) once it was opened, `invalid` (422)."""
        await self.check_act(period, "change")
        changed = patch.model_fields_set
        for name in changed & {"starts_on", "ends_on"}:
            setattr(period, name, getattr(patch, name))
        if "letter" in changed:
            if patch.letter is None and period.kind == REQUESTED:
                text = ("Cần nêu văn bản yêu cầu", "The letter that asks is required")
                raise invalid("/letter", "letter_required", *text)
            for name, value in _letter(patch).items():
                setattr(period, name, value)
        dues = stored_dues(period.dues)
        if patch.dues is not None:
            dues = await self._dues(period.kind, patch.dues, period.ends_on)
            period.dues = [due.stored for due in dues]
        asked = patch.cut_off_at if "cut_off_at" in changed else period.cut_off_at
        period.cut_off_at = await self._cut_off(asked, dues)
        year = await self.periods.school_year(period.school_year)
        _check_days(period, year, dues)
        await self.work.flush()
        return period

    async def withdraw(self, period: ReportPeriod) -> None:
        """Remove a planned period, which nobody below has seen. Raises `wrong_state` (409) once it was opened."""
        await self.check_act(period, "withdraw")
        await self.periods.remove(period)
        await self.work.flush()

    async def without_report(self, period: ReportPeriod) -> list[str]:
        """The kinds between those that report and the issuer, itself too, that get no report to consolidate in."""
        asked = {due.kind for due in stored_dues(period.dues)}
        if not asked:
            return []
        own = await UnitRepository(self.work.session).get(period.unit_id)
        rules = await self.periods.chain_rules(period.ends_on)
        return kinds_between(own.kind, asked, rules)

    async def close(self, period: ReportPeriod) -> ReportPeriod:
        """Close a period: what was never delivered is not drafted or submitted any more.

        Raises `urgent_period` (409), `wrong_state` (409), `period_running` (409) while a unit may still report in time.
        """
        await self.check_act(period, "close")
        period.closed_at = self.work.now
        await self.work.flush()
        return period

    async def rules(self, day: date) -> tuple[list[ReportChainRule], list[ReportDueRule], list[ReportReminderRule]]:
        """Who reports to whom, by which day, and when a unit is reminded."""
        dues, reminders = await self.periods.due_rules(day), await self.periods.reminder_rules(day)
        return await self.periods.chain_rules(day), dues, reminders

    async def templates(self, periods: list[ReportPeriod]) -> list[tuple[str, int]]:
        """The code and the number of the template of each."""
        found = await self.periods.templates({period.template_id for period in periods})
        return [found[period.template_id] for period in periods]

    async def due_moments(self, period: ReportPeriod) -> list[tuple[Due, datetime]]:
        announced = await ClockRules(self.work).announced()
        return [(due, due.at(announced)) for due in stored_dues(period.dues)]

    async def _template(self, data: PeriodIn) -> ReportTemplate:
        if (data.template_code is None) == (data.template_id is None):
            text = ("Nêu template_code hoặc template_id", "Give either template_code or template_id")
            raise invalid("/template_code", "one_template", *text)
        actor, templates = self.work.actor, TemplateRepository(self.work.session)
        if data.template_id is not None:
            shown = templates.shown_to(actor.unit_id, actor.org_path)
            found = await templates.first(shown.where(ReportTemplate.id == data.template_id))
        else:
            found = await templates.first(templates.in_force(actor.org_path, self.work.today, data.template_code))
        if found is None or found.published_at is None:
            raise await self._no_template(data)
        return found

    async def _no_template(self, data: PeriodIn) -> Problem:
        """What is wrong with the template that a period names, with the codes that are in force."""
        actor, templates = self.work.actor, TemplateRepository(self.work.session)
        if data.template_code is None:
            text = ("Không có mẫu đã ban hành này", "There is no such published template")
            return invalid("/template_id", "unknown_template", *text)
        shown = await templates.rows(templates.shown_to(actor.unit_id, actor.org_path))
        if any(each.code == data.template_code and each.published_at is not None for each in shown):
            text = (
                "Mẫu chưa hoặc không còn hiệu lực hôm nay: nêu template_id",
                "It is not in force today: give template_id",
            )
            return invalid("/template_code", "template_not_in_force", *text)
        text = ("Không có mẫu đang hiệu lực này", "There is no such template in force")
        now = await templates.rows(templates.in_force(actor.org_path, self.work.today))
        return invalid("/template_code", "unknown_template", *text, allowed=tuple(sorted({each.code for each in now})))

    async def _school_year(self, data: PeriodIn) -> SchoolYear:
        year = await self.periods.school_year(data.school_year)
        if year is None:
            raise invalid("/school_year", "unknown_school_year", "Không có năm học này", "There is no such school year")
        return year

    async def _check_term(self, data: PeriodIn) -> None:
        if (data.kind == "term") != (data.term is not None):
            text = ("Học kỳ đi cùng loại kỳ theo học kỳ", "The term goes with the kind `term`, and only with it")
            raise invalid("/term", "term_by_kind", *text)
        if data.term is not None and await self.periods.term(data.school_year, data.term) is None:
            raise invalid("/term", "unknown_term", "Năm học không có học kỳ này", "The school year has no such term")

    async def _dues(self, period_kind: str, given: list[DueIn], ends_on: date) -> list[Due]:
        """One due for each kind of unit, by the rules where none is given. Raises `invalid` (422)."""
        own = await UnitRepository(self.work.session).get(self.work.actor.unit_id)
        chain = await self.periods.chain_rules(ends_on)
        kinds = kinds_below(own.kind, chain)
        rules = [rule for rule in await self.periods.due_rules(ends_on, period_kind) if rule.unit_kind in kinds]
        if not given:
            if found := dues_by_rule(rules, ends_on):
                return found
            text = ("Kỳ này cần nêu hạn nộp", "No plan names a due day for this kind of period")
            raise invalid("/dues", "dues_required", *text)
        days_off = {rule.unit_kind: rule.day_off for rule in rules}
        if faults := _wrong_kinds(given, tuple(kind for kind in kinds if kind in days_off)):
            raise INVALID(faults=faults)
        dues = [Due(kind, each.due_on, each.requested_on, days_off[kind]) for each in given for kind in each.kinds]
        below = {(rule.kind, rule.recipient_kind) for rule in chain}
        by_kind = {due.kind: due.due_on for due in dues}
        for at, each in enumerate(given):
            if each.requested_on is not None:
                check_wish(f"/dues/{at}/requested_on", each.requested_on, [each.due_on], self.work.today)
            for kind in each.kinds:
                if any((lower, kind) in below and day > each.due_on for lower, day in by_kind.items()):
                    text = ("Hạn của cấp trên không được trước hạn của cấp dưới", "It is due before a level below it")
                    raise invalid(f"/dues/{at}/due_on", "due_before_below", *text)
        return dues

    async def _cut_off(self, asked: datetime | None, dues: list[Due]) -> datetime:
        announced = await ClockRules(self.work).announced()
        first = min(due.at(announced) for due in dues)
        if asked is None:
            return latest_cut_off(first, announced)
        if not is_cut_off_early(asked, first, announced):
            text = (
                "Thời điểm chốt số liệu phải trước hạn nộp đầu tiên ít nhất một ngày làm việc",
                "The cut-off must be at least one working day before the first due day",
            )
            raise invalid("/cut_off_at", "cut_off_too_late", *text)
        return asked


def check_planned(period: ReportPeriod) -> None:
    """Raises `urgent_period` (409): urgent reports have no plan, and their period lasts as long as the school year."""
    if period.kind == URGENT:
        raise URGENT_PERIOD()


def check_wish(pointer: str, day: date, due_days: Iterable[date], today: date) -> None:
    """Raises `invalid` (422) unless an earlier day can still be met and is not later than any due day."""
    if day < today:
        raise invalid(pointer, "in_the_past", "Ngày đề nghị đã qua", "The day is over already")
    if any(day > due_on for due_on in due_days):
        text = ("Ngày đề nghị nộp sớm sau hạn nộp", "The earlier wish is later than the due day")
        raise invalid(pointer, "not_earlier", *text)


def check_open(period: ReportPeriod) -> None:
    """Raises `period_closed` (409) unless reports are drafted and submitted for the period."""
    if period.state != "open":
        raise PERIOD_CLOSED()


def check_over(period: ReportPeriod, report: Report, today: date) -> None:
    """Raises `period_not_over` (409) before the last day of a year or term, unless the report is due or asked for
    earlier: it would be on time with figures of a part of the period.
    """
    wanted = [day for day in (period.ends_on, report.due_on, report.requested_on) if day is not None]
    if period.kind in OF_WHOLE and today < min(wanted):
        raise PERIOD_NOT_OVER()


def _letter(data: PeriodIn | PeriodPatch) -> dict[str, Any]:
    letter = data.letter
    return {
        "letter_number": letter.number if letter else None,
        "letter_issuer": letter.issuer if letter else None,
        "letter_issued_on": letter.issued_on if letter else None,
        "questions": letter.questions if letter else None,
    }


def _wrong_kinds(given: list[DueIn], allowed: tuple[str, ...]) -> list[FieldFault]:
    faults, seen = [], set[str]()
    for at, each in enumerate(given):
        for number, kind in enumerate(each.kinds):
            pointer = f"/dues/{at}/kinds/{number}"
            if kind not in allowed:
                text = ("Loại đơn vị này không báo cáo cho đơn vị", "Units of this kind do not report to the unit")
                faults.append(fault(pointer, "unknown_code", *text, allowed=allowed))
            elif kind in seen:
                faults.append(fault(pointer, "named_twice", "Loại đơn vị nêu hai lần", "The kind is named twice"))
            seen.add(kind)
    return faults


def _check_days(period: ReportPeriod, year: SchoolYear | None, dues: list[Due]) -> None:
    """The order of the days of a period. Raises `invalid` (422)."""
    if period.ends_on < period.starts_on:
        raise invalid("/ends_on", "ends_before_start", "Ngày cuối trước ngày đầu", "It ends before it starts")
    if year is None or period.ends_on < year.starts_on or period.starts_on > year.ends_on:
        text = ("Kỳ báo cáo nằm ngoài năm học", "The period lies outside the school year")
        raise invalid("/ends_on", "outside_school_year", *text)
    for at, due in enumerate(dues):
        if due.due_on <= period.starts_on:
            text = ("Hạn nộp trước kỳ báo cáo", "It is due before the period")
            raise invalid(f"/dues/{at}/due_on", "due_before_period", *text)
    if local_date(period.cut_off_at) < period.starts_on:
        text = ("Thời điểm chốt số liệu trước kỳ báo cáo", "The cut-off lies before the period")
        raise invalid("/cut_off_at", "cut_off_before_period", *text)
