"""Submission: a version is checked, frozen with its snapshot and digest, and goes to the unit above."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.core.canonical_json import digest_of
from app.core.problems import FieldFault, fault
from app.models.reports.reports import Report, ReportVersion
from app.repositories.reports.reports import ReportRepository
from app.schemas.reports.definitions import Definition, Item, Strength
from app.schemas.reports.flow import REPORT_FLOW
from app.schemas.reports.reports import SubmissionIn
from app.schemas.reports.snapshots import SnapshotCoverage, SnapshotFigure, SnapshotRule
from app.services.notices.notices import NoticeService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.consolidation.consolidation import coverage_of
from app.services.reports.consolidation.lineage import LineageService
from app.services.reports.drafting.rosters import moments_of
from app.services.reports.figures.forms import form_of
from app.services.reports.figures.formulas import recomputed
from app.services.reports.figures.rules import broken_rules, events_of, is_nil
from app.services.reports.figures.values import Key, Value
from app.services.reports.notices import REPORT_SUBMITTED
from app.services.reports.periods.periods import REQUESTED, check_over
from app.services.reports.problems import EXPLANATION_REQUIRED, REPORT_INCOMPLETE, REPORT_STALE
from app.services.reports.reports import ReportService, closed_to
from app.services.reports.submission.acting_signers import Signature, signature_of
from app.services.reports.submission.snapshots import SnapshotMaker, shown_figures
from app.services.school_years.roster_counts import RosterCountService


@dataclass(frozen=True, slots=True)
class Content:
    """What a version has, as it would be submitted."""

    definition: Definition
    figures: list[SnapshotFigure]
    narratives: dict[str, str]
    broken: list[SnapshotRule]
    coverage: SnapshotCoverage | None

    @property
    def is_nil(self) -> bool:
        """Whether nothing happened: the unit declares it, or each unit below does, and no figure says otherwise."""
        values = _values(self.figures)
        is_whole = self.coverage is None or self.coverage.reported == self.coverage.owed
        return is_whole and is_nil(self.definition, values) and not events_of(self.definition, values)

    def of_strength(self, strength: Strength) -> list[SnapshotRule]:
        return [rule for rule in self.broken if rule.strength == strength]


class SubmissionService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.reports = ReportRepository(work.session)
        self.service = ReportService(work)

    async def content(self, report: Report, version: ReportVersion) -> Content:
        """The texts, figures and broken rules of a draft."""
        sections = await self.reports.sections(version.id)
        coverage = await coverage_of(self.work, report)
        definition = form_of(await self.service.definition(report), is_consolidated=coverage is not None)
        rows = await self.reports.figures(version.id)
        figures = _with_recomputed(definition, shown_figures(definition, rows, sections))
        narratives = {code: text for each in sections for code, text in (each.narratives or {}).items()}
        explained = {code: text for each in sections for code, text in (each.explanations or {}).items()}
        broken = [
            rule.model_copy(update={"explanation": explained.get(rule.code)})
            for rule in broken_rules(definition, _values(figures), is_consolidated=coverage is not None)
        ]
        broken += _over_adjusted(definition, figures)
        return Content(definition, figures, narratives, broken, coverage)

    async def check_act(self, report: Report, act: str) -> Signature:
        """How the caller signs. Refuses a submission as the submission itself, whatever its body."""
        await self.service.check_written_here(report)
        signature = await signature_of(self.work)
        REPORT_FLOW.step(report.state, act, "", closed_to=closed_to(report))
        await self.service.check_taken(report)
        check_over(await self.service.period(report), report, self.work.today)
        if report.is_stale:
            raise REPORT_STALE()
        return signature

    async def submit(self, report: Report, data: SubmissionIn) -> ReportVersion:
        """Freeze the newest version and hand it to the unit above.

        Raises `forbidden` (403) for all who do not sign, `wrong_state` (409), `period_closed` and `period_not_over`
        (409), `report_stale` (409) where what was counted has changed, `report_incomplete` (409) with every missing
        item, broken rule and missing explanation. Submitted as incomplete it still explains what it breaks:
        `explanation_required` (409).
        """
        signature = await self.check_act(report, "submit")
        mode = signature.mode_of(data.signing_mode, data.signer_title, data.signer_name)
        data = data.model_copy(update={"signing_mode": mode})
        await self.reports.lock_row(report)
        version = await self.service.newest(report)
        content = await self.content(report, version)
        faults = [*_missing(content), *(_broken(rule) for rule in content.of_strength(Strength.ERROR))]
        is_complete, unexplained = not faults, _unexplained(content)
        if not is_complete and not data.incomplete:
            raise REPORT_INCOMPLETE(faults=[*faults, *unexplained])
        if unexplained:
            raise EXPLANATION_REQUIRED(faults=unexplained)
        await self._freeze(report, version, content, data)
        version.is_complete = is_complete
        await self._freeze_used(report, version, content)
        await self._hand_on(report, version)
        return version

    async def _freeze(self, report: Report, version: ReportVersion, content: Content, data: SubmissionIn) -> None:
        period = await self.service.period(report)
        template = await self.reports.template(period)
        snapshot = await SnapshotMaker(self.work).make(
            report,
            version,
            period,
            template,
            content.definition,
            data,
            content.figures,
            content.narratives,
            content.broken,
            content.coverage,
            is_nil=content.is_nil,
        )
        version.is_nil = snapshot.is_nil
        version.explanations = len(content.of_strength(Strength.EXPLAIN))
        version.signing_mode, version.signer_name = snapshot.signing_mode, data.signer_name
        version.signer_title = snapshot.signer_title
        version.snapshot = snapshot.model_dump(mode="json")
        version.digest = digest_of(version.snapshot)
        version.submitted_at, version.submitted_by = self.work.now, self.work.actor.id

    async def _freeze_used(self, report: Report, version: ReportVersion, content: Content) -> None:
        """Keep what the figures count, as it is now."""
        await LineageService(self.work).keep(report, version, content.definition, content.figures)
        await self._freeze_rosters(report, content.definition)

    async def _freeze_rosters(self, report: Report, definition: Definition) -> None:
        """Freeze what the unit's shares are counted of.

        Another unit's reporter leaves it to the calendar, and so does an answer to a letter, which may ask at any time
        of the year.
        """
        period = await self.service.period(report)
        moments = moments_of(definition)
        if moments and report.unit_id == self.work.actor.unit_id and period.kind != REQUESTED:
            await RosterCountService(self.work).freeze(report.unit_id, period.school_year, moments)

    async def _hand_on(self, report: Report, version: ReportVersion) -> None:
        report.state = REPORT_FLOW.step(report.state, "submit").target
        report.submitted_version_id = version.id
        if report.delivered_at is None and version.is_complete:
            report.delivered_at = self.work.now
        data = {"version": version.number, "is_nil": version.is_nil, "is_complete": bool(version.is_complete)}
        self.service.add_event(report, "submitted", data)
        if report.recipient_id is not None:
            noted = {"code": report.code, "report_id": str(report.id), "version": version.number}
            noted["unit_id"] = str(report.unit_id)
            await NoticeService(self.work).notify_beyond(report.recipient_id, REPORT_SUBMITTED, None, noted)
        await self.work.flush()


def _values(figures: list[SnapshotFigure]) -> dict[Key, Value]:
    return {
        (each.item, each.cell): Value(each.numerator, each.denominator, each.previous_numerator, each.status)
        for each in figures
    }


def _with_recomputed(definition: Definition, figures: list[SnapshotFigure]) -> list[SnapshotFigure]:
    """The figures with those that are formulas of them, each in its place."""
    made = recomputed(definition, _values(figures))
    indicators = definition.indicators()
    found = [each for each in figures if indicators[each.item].formula is None]
    found += [
        SnapshotFigure(
            item=item, cell=cell, status=value.status, numerator=value.numerator, denominator=value.denominator
        )
        for (item, cell), value in made.items()
    ]
    order = {code: position for position, code in enumerate(indicators)}
    return sorted(found, key=lambda each: (order[each.item], each.cell))


def _over_adjusted(definition: Definition, figures: list[SnapshotFigure]) -> Iterator[SnapshotRule]:
    """A count anew may leave less than is subtracted: the figure is 0 then, which is shown."""
    for each in figures:
        if each.status == "computed" and (each.computed_numerator or 0) + (each.adjustment or 0) < 0:
            item, place = definition.indicators()[each.item], ":".join(filter(None, (each.item, each.cell)))
            vi = f"{each.item} {item.label_vi}: điều chỉnh giảm nhiều hơn số tính được"
            en = f"{each.item} {item.label_en} is adjusted by more than was counted"
            code, section = f"adjusted:{place}", definition.section_of_first(each.item).code
            yield SnapshotRule(code=code, section=section, strength="warning", text_vi=vi, text_en=en)


def required(pointer: str) -> FieldFault:
    return fault(pointer, "required", "Mục bắt buộc chưa có", "A required item is missing")


def lacks_text(item: Item, narratives: Mapping[str, str]) -> bool:
    """Whether an item is a required text that is not there."""
    return item.kind == "narrative" and item.is_required and item.code not in narratives


def _missing(content: Content) -> list[FieldFault]:
    found: list[FieldFault] = []
    absent = {each.item for each in content.figures if each.cell == "" and each.status == "missing"}
    # Last year's may be unknown, and then so is what is made of it.
    absent -= {code for code, item in content.definition.indicators().items() if item.formula is not None}
    for section in content.definition.sections:
        for item in section.items:
            is_absent = item.kind == "indicator" and item.is_required and item.code in absent
            if is_absent or lacks_text(item, content.narratives):
                place = "figures" if item.kind == "indicator" else "narratives"
                found.append(required(f"/sections/{section.code}/{place}/{item.code}"))
    return found


def _unexplained(content: Content) -> list[FieldFault]:
    return [_broken(rule, "explanations") for rule in content.of_strength(Strength.EXPLAIN) if not rule.explanation]


def _broken(rule: SnapshotRule, place: str = "rules") -> FieldFault:
    return fault(f"/sections/{rule.section}/{place}/{rule.code}", "rule_broken", rule.text_vi, rule.text_en)
