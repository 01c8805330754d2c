"""The demonstration's yearly reports for the school year 2023-2024, in every state. All figures are invented."""

import random
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID

from app.core.paging import PageRequest
from app.core.time import VIETNAM
from app.models.reports.reports import Report, ReportFilter
from app.models.units import Unit
from app.schemas.reports.definitions import Definition, IndicatorItem, Measure, Rule, Section
from app.schemas.reports.issues import IssuanceIn
from app.schemas.reports.obligations import ExtensionIn
from app.schemas.reports.periods import PeriodIn
from app.schemas.reports.reports import FigureIn, ReturnIn, SectionIn, SubmissionIn
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.disclosure.disclosures import DisclosureService
from app.services.reports.documents.issuances import IssuanceService
from app.services.reports.drafting.drafts import DraftService
from app.services.reports.obligations.extensions import ExtensionService
from app.services.reports.obligations.obligations import ObligationService
from app.services.reports.periods.periods import PeriodService
from app.services.reports.reports import ReportService
from app.services.reports.review.reviews import ReviewService
from app.services.reports.submission.submissions import SubmissionService

As = Callable[[str, datetime], UnitOfWork]
TEXT = "[Minh họa] Nhà trường thực hiện kế hoạch, tình hình ổn định"
RETURN = ReturnIn.model_validate(
    {"items": [{"item": "N201", "reason": "does_not_match", "text": "[Minh họa] Đối chiếu lại với sổ cam kết"}]}
)
ISSUED = IssuanceIn(
    number=412,
    symbol="BC-SGDMH",
    issued_on=date(2024, 8, 13),
    place="Bến Tre",
    recipients=["Ủy ban nhân dân tỉnh (minh họa)"],
)
# What becomes of the schools' reports in order, again and again.
FATES = ("accepted", "accepted", "returned twice", "accepted", "late", "submitted", "returned", "draft", "extended")
# The bureaus whose schools report. The department's report sums up those that are accepted.
READY = ("phong.829", "phong.831")
# How far the reports of other bureaus go; what is left is owed.
UNDER_WAY = {"phong.832": "submitted", "phong.833": "returned", "phong.834": "draft"}
MOST_REPORTS = 500


class DemoReports:
    """`acting` gives the unit of work of a user at a moment; `users` are the usernames by unit."""

    def __init__(self, work: UnitOfWork, acting: As, units: dict[str, Unit], users: Iterable[str], seed: int) -> None:
        self.work = work
        self.acting = acting
        self.units = units
        self.users = frozenset(users)
        self.random = random.Random(seed)  # noqa: S311 — invented data, no secret
        self.reports: dict[UUID, UUID] = {}

    async def build(self) -> None:
        """One period: two bureaus see their schools through, and the department locks and issues what is accepted."""
        await self._open()
        for key in READY:
            for position, school in enumerate(unit for unit in self._with(key) if unit != key):
                if f"{school}.hieutruong" in self.users:
                    await self._school(school, FATES[position % len(FATES)], position)
            await self._consolidate(key, "accepted")
        for school in (key for key in self.units if key.startswith("thpt.")):
            await self._school(school, "accepted", 0)
        for key, fate in UNDER_WAY.items():
            await self._consolidate(key, fate)
        await self._issue_of_department()
        await self._lock(self._with(READY[0]))

    async def _open(self) -> None:
        head = self.acting("so.lanhdao", _at(6, 3))
        asked = PeriodIn(
            kind="yearly",
            template_code="directive_02_yearly",
            school_year="2023-2024",
            starts_on=date(2023, 8, 22),
            ends_on=date(2024, 7, 15),
        )
        period = await PeriodService(head).create(asked)
        await ObligationService(head).open(period)
        found = await ReportService(head).page(PageRequest(MOST_REPORTS, None), ReportFilter(period_id=period.id))
        self.reports = {report.unit_id: report.id for report in found.items}

    async def _report(self, work: UnitOfWork, unit: str) -> Report:
        return await ReportService(work).get(self.reports[self.units[unit].id])

    def _with(self, bureau: str) -> list[str]:
        """The bureau and its schools that owe a report."""
        own = [key for key in self.units if key.split(".")[1:2] == [bureau.split(".")[1]]]
        return [key for key in own if self.units[key].id in self.reports]

    async def _school(self, school: str, fate: str, position: int) -> None:
        bureau = "so.chuyenvien" if school.startswith("thpt.") else f"phong.{school.split('.')[1]}"
        day = 22 + position % 8
        head = self.acting(f"{school}.hieutruong", _at(7, day))
        report = await self._report(head, school)
        await DraftService(head).begin(report)
        if fate == "draft":
            return
        await self._fill_in(head, report)
        if fate == "extended":
            extended = ExtensionIn(due_on=date(2024, 8, 9), reason="[Minh họa] Sáp nhập", decision_number="12/QĐ-MH")
            await ExtensionService(self.acting(bureau, _at(7, 29))).extend(report, extended)
        submits = _at(8, 6) if fate in {"late", "extended"} else _at(7, day + 1)
        await self._submit(f"{school}.hieutruong", school, submits)
        returns = {"returned": 1, "returned twice": 2}.get(fate, 0)
        for number in range(returns):
            reviewer = self.acting(bureau, submits + timedelta(days=1 + number))
            await ReviewService(reviewer).return_(await self._report(reviewer, school), RETURN)
            if fate != "returned":
                await self._submit(f"{school}.hieutruong", school, submits + timedelta(days=1 + number, hours=3))
        if fate not in {"returned", "submitted"}:
            reviewer = self.acting(bureau, max(submits, _at(8, 2)) + timedelta(hours=5))
            await ReviewService(reviewer).accept(await self._report(reviewer, school))

    async def _submit(self, username: str, unit: str, at: datetime) -> None:
        work = self.acting(username, at)
        signed = SubmissionIn(incomplete=False, signing_mode="direct", signer_name="[Minh họa] Người ký")
        await SubmissionService(work).submit(await self._report(work, unit), signed)

    async def _consolidate(self, bureau: str, fate: str) -> None:
        work = self.acting(f"{bureau}.lanhdao", _at(8, 7))
        report = await self._report(work, bureau)
        await DraftService(work).begin(report)
        if fate == "draft":
            return
        await self._fill_in(work, report)
        await self._submit(f"{bureau}.lanhdao", bureau, _at(8, 7))
        reviews = ReviewService(self.acting("so.chuyenvien", _at(8, 8)))
        report = await self._report(reviews.work, bureau)
        if fate == "accepted":
            await reviews.accept(report)
        elif fate == "returned":
            await reviews.return_(report, RETURN)

    async def _issue_of_department(self) -> None:
        """The department's report goes to the People's Committee under a number, and has a form for the public."""
        officer, head = self.acting("so.chuyenvien", _at(8, 9)), self.acting("so.lanhdao", _at(8, 13))
        report = await self._report(officer, "so")
        await DraftService(officer).begin(report)
        await self._fill_in(officer, report)
        await self._submit("so.lanhdao", "so", _at(8, 12))
        await self._lock(["so"])
        await DisclosureService(head).decide(await self._report(head, "so"))
        officer.now = _at(8, 13)
        await IssuanceService(officer).issue(await self._report(officer, "so"), ISSUED)

    async def _lock(self, units: Iterable[str]) -> None:
        head = self.acting("so.lanhdao", _at(8, 12))
        for unit in units:
            report = await self._report(head, unit)
            if report.state == "accepted" or unit == "so":
                await ReviewService(head).lock(report)

    async def _fill_in(self, work: UnitOfWork, report: Report) -> None:
        service = DraftService(work)
        definition = await ReportService(work).definition(report)
        rows = await service.reports.figures((await ReportService(work).newest(report)).id)
        totals = [row for row in rows if row.cell == ""]
        counted = {row.item: row.numerator or 0 for row in totals if row.status != "missing"}
        wholes = {row.item: row.denominator for row in totals if row.denominator}
        for section in definition.sections:
            found = await service.section(report, section.code)
            await service.edit(report, found, self._section(section, counted, wholes, definition))

    def _section(
        self, section: Section, counted: dict[str, int], wholes: dict[str, int], definition: Definition
    ) -> SectionIn:
        happened = any(counted.values())
        typed = [each for each in section.items if isinstance(each, IndicatorItem) and each.code not in counted]

        def is_explained(rule: Rule) -> bool:
            return rule.strength == "explain" and definition.section_of_rule(rule) is section

        return SectionIn(
            narratives={each.code: TEXT for each in section.items if each.kind == "narrative"},
            figures=[
                self._figure(
                    each,
                    wholes.get(each.code) or self.random.randrange(20, 400),
                    is_zero=section.code == "situation" and (each.code != definition.nil_item or happened),
                )
                for each in typed
                if each.formula is None and not each.only_above
            ],
            explanations={each.code: TEXT for each in definition.rules if is_explained(each)},
        )

    def _figure(self, item: IndicatorItem, whole: int, *, is_zero: bool) -> FigureIn:
        """Invented, and less than what it is a part of: `a` counts the whole, `b` and `c` parts of it."""
        if item.measure is Measure.RATIO:
            return FigureIn(item=item.code, numerator=self.random.randrange(whole // 2, whole + 1), denominator=whole)
        if item.measure is Measure.YES_NO or is_zero:
            return FigureIn(item=item.code, numerator=int(not is_zero))
        least = 3 if item.code.endswith("a") else 0
        return FigureIn(item=item.code, numerator=least + self.random.randrange(4))


def _at(month: int, day: int) -> datetime:
    return datetime.combine(date(2024, month, day), time(9, 30), VIETNAM)
