"""Drafts: begun with what is computed, edited section by section, computed anew while they are open."""

from collections.abc import Callable, Iterable
from functools import partial
from uuid import UUID

from app.core.problems import INVALID, NOT_FOUND
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report, ReportFigure, ReportSection, ReportVersion, part_of
from app.repositories.reports.reports import ReportRepository
from app.repositories.units import UnitRepository
from app.schemas.reports.definitions import Definition, IndicatorItem
from app.schemas.reports.flow import EDITABLE, REPORT_FLOW
from app.schemas.reports.reports import FigureIn, SectionIn
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.consolidation.consolidation import computed_figures, is_consolidated
from app.services.reports.figures.cells import codes_on
from app.services.reports.figures.declared import Asked, Computed, faults_of, text_key
from app.services.reports.figures.forms import form_of, section_of
from app.services.reports.figures.values import Key
from app.services.reports.periods.periods import check_open
from app.services.reports.reports import ReportService, closed_to


class DraftService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.reports = ReportRepository(work.session)
        self.service = ReportService(work)

    async def begin(self, report: Report) -> ReportVersion:
        """Begin the first draft, filled in with what is computed.

        Raises `forbidden` (403) for a unit above, `wrong_state` (409) once it is begun, `period_closed` (409).
        """
        await self.check_act(report, "begin")
        await self.reports.lock_row(report)
        report.state = REPORT_FLOW.step(report.state, "begin").target
        version = self._new_version(report)
        definition = await self.service.definition(report)
        for section in form_of(definition, is_consolidated=await is_consolidated(self.work, report)).sections:
            self.reports.add(self._section(version, section.code, report))
        self.service.add_event(report, "begun", {"version": version.number})
        await self.work.flush()
        await self._compute(report, version)
        return version

    async def check_act(self, report: Report, act: str) -> None:
        """Refuses a step of the reporting unit as the step itself."""
        await self.service.check_written_here(report)
        check_open(await self.service.period(report))
        REPORT_FLOW.step(report.state, act, "", closed_to=closed_to(report))

    async def _lock_draft(self, report: Report) -> None:
        """A submission waits for what is written into its draft, and what follows it finds no draft.

        Raises `forbidden` (403), `wrong_state` or `period_closed` (409), `stale` (412).
        """
        await self.service.check_written_here(report)
        await self.reports.lock_row(report)
        await self.check_editable(report)

    async def check_editable(self, report: Report) -> None:
        """Raises `forbidden` (403), `wrong_state` or `period_closed` (409) unless the caller's unit writes it now."""
        await self.service.check_written_here(report)
        if report.state not in EDITABLE:
            raise REPORT_FLOW.refusal(report.state, closed_to=closed_to(report))
        await self.service.check_taken(report)

    async def continued(self, report: Report, *, is_supplementary: bool) -> ReportVersion:
        """The next draft, a copy of the newest version, after a return or an unlocking."""
        former = await self.reports.version(report.id, report.newest)
        if former is None:
            raise LookupError("a report without the version that it names")
        version = self._new_version(report, is_supplementary=is_supplementary or former.is_supplementary)
        version.computed_at = former.computed_at
        await self.work.flush()
        for old in await self.reports.sections(former.id):
            section = self._section(version, old.code, report)
            section.narratives, section.reasons = old.narratives, old.reasons
            section.comments, section.explanations = old.comments, old.explanations
            section.edited_at, section.edited_by = old.edited_at, old.edited_by
            self.reports.add(section)
        for figure in await self.reports.figures(former.id):
            self.reports.add(figure.copied_to(version.id))
        await self.work.flush()
        return version

    def _new_version(self, report: Report, *, is_supplementary: bool = False) -> ReportVersion:
        report.newest += 1
        version = ReportVersion(
            **part_of(report),
            number=report.newest,
            is_supplementary=is_supplementary,
            started_at=self.work.now,
            started_by=self.work.actor.id,
        )
        self.reports.add(version)
        return version

    def _section(self, version: ReportVersion, code: str, report: Report) -> ReportSection:
        return ReportSection(**part_of(report), version_id=version.id, code=code, edited_at=self.work.now)

    def new_figure(self, report: Report, version_id: UUID, key: Key) -> ReportFigure:
        """A new figure without a value."""
        item, cell = key
        row = ReportFigure(
            report_id=report.id, org_path=report.org_path, version_id=version_id, item=item, cell=cell, status="missing"
        )
        self.reports.add(row)
        return row

    async def section(self, report: Report, code: str) -> ReportSection:
        """A section of the newest version. Raises `not_found` (404)."""
        version = await self.service.newest(report)
        found = await self.reports.section(version.id, code)
        if found is None:
            raise NOT_FOUND()
        return found

    async def edit(self, report: Report, section: ReportSection, data: SectionIn) -> None:
        """Replace the texts and declared figures of a section; what is left out is what was computed.

        Raises `forbidden` (403), `wrong_state` (409), `stale` (412), `invalid` (422) with every fault.
        """
        await self._lock_draft(report)
        definition, has_below = await self.service.definition(report), await is_consolidated(self.work, report)
        form = form_of(definition, is_consolidated=has_below)
        described = section_of(form, section.code)
        items = {item.code: item for item in described.items if isinstance(item, IndicatorItem)}
        rows = {(row.item, row.cell): row for row in await self.reports.figures(section.version_id, items)}
        period = await self.service.period(report)
        asked = await self.asked(report, period, has_below=has_below)
        rules = [rule for rule in form.rules if form.section_of_rule(rule) is described]
        found = faults_of(described, rules, data, computed_of(rows.values()), asked)
        if found:
            raise INVALID(faults=found)
        self._write_texts(section, data)
        absent = await self._items_not_for(report, definition)
        absent |= {code for code, item in items.items() if item.source and _counts_nothing(rows, code)}
        rows = {key: row for key, row in rows.items() if key[0] not in absent or key in _declared(data)}
        await self._write_figures(report, section.version_id, rows, data.figures)
        section.edited_at, section.edited_by = self.work.now, self.work.actor_id
        await self.work.flush()

    def _write_texts(self, section: ReportSection, data: SectionIn) -> None:
        section.narratives = dict(data.narratives)
        section.explanations = dict(data.explanations)
        section.reasons = {text_key(*each.key): each.reason for each in data.figures if each.reason}
        section.comments = {text_key(*each.key): each.comment for each in data.figures if each.comment}

    async def _write_figures(
        self, report: Report, version_id: UUID, rows: dict[Key, ReportFigure], figures: list[FigureIn]
    ) -> None:
        declared = {each.key: each for each in figures}
        for key, given in declared.items():
            row = rows.get(key)
            if row is None:
                row = self.new_figure(report, version_id, key)
            _by_hand(self.work, row, partial(declare, row, given))
        left = [row for key, row in rows.items() if key not in declared]
        await self.reports.drop_figures([row for row in left if not is_computed(row)])
        for row in left:
            if is_computed(row):
                _by_hand(self.work, row, partial(undeclare, row))

    async def compute(self, report: Report) -> None:
        """Compute figures anew; declared ones stay, with the new figure beside them.

        Raises `forbidden` (403), `wrong_state` (409), `stale` (412).
        """
        await self._lock_draft(report)
        await self._compute(report, await self.service.newest(report))
        report.touch()
        await self.work.flush()

    async def _compute(self, report: Report, version: ReportVersion) -> None:
        period = await self.service.period(report)
        definition = await self.service.definition(report)
        found = await computed_figures(self.work, report, period, definition)
        rows = {(row.item, row.cell): row for row in await self.reports.figures(version.id)}
        for key in found.keys() - rows.keys():
            rows[key] = self.new_figure(report, version.id, key)
        for key, row in rows.items():
            _set_computed(row, found.get(key))
        await self._fill_in_last_year(report, period, rows)
        missing = [row for row in rows.values() if row.status == "missing" and not is_computed(row)]
        await self.reports.drop_figures([row for row in missing if is_empty(row)])
        await self._mark_not_applicable(report, version, definition, rows)
        version.computed_at = self.work.now
        report.is_stale = False
        await self.work.flush()

    async def _fill_in_last_year(self, report: Report, period: ReportPeriod, rows: dict[Key, ReportFigure]) -> None:
        """From the report of the year before, unless there is none and the unit typed the figure with its source."""
        template = await self.reports.template(period)
        for former in await self.reports.figures_of_last_year(report, period, template.code):
            row = rows.get((former.item, former.cell))
            if row is not None and former.numerator is not None:
                row.previous_numerator, row.previous_denominator = former.numerator, former.denominator
                row.previous_source = None

    async def _items_not_for(self, report: Report, definition: Definition) -> set[str]:
        """The items that the template keeps from every level of the unit."""
        levels = await self._levels(report, await self.service.period(report))
        return {code for code, item in definition.indicators().items() if levels and levels <= set(item.not_for_levels)}

    async def asked(self, report: Report, period: ReportPeriod, *, has_below: bool) -> Asked:
        """What the unit is asked about in the period."""
        levels = frozenset[str]() if has_below else await self._levels(report, period)
        return Asked(await codes_on(self.work, period.ends_on), levels)

    async def _levels(self, report: Report, period: ReportPeriod) -> frozenset[str]:
        """The school levels of the unit at the end of the period."""
        view = await UnitRepository(self.work.session).view(report.unit_id, period.ends_on)
        return frozenset(view.named.levels) if view else frozenset()

    async def _mark_not_applicable(
        self, report: Report, version: ReportVersion, definition: Definition, rows: dict[Key, ReportFigure]
    ) -> None:
        """What the template keeps from all levels of the unit does not apply, which is not 0."""
        for code in await self._items_not_for(report, definition):
            row = rows.get((code, "")) or self.new_figure(report, version.id, (code, ""))
            row.status, row.numerator, row.denominator = "not_applicable", None, None


def _counts_nothing(rows: dict[Key, ReportFigure], code: str) -> bool:
    """Whether a computed figure does not apply, because there is nothing of which it could be one."""
    row = rows.get((code, ""))
    return row is not None and row.status == "not_applicable" and not is_computed(row)


def _declared(data: SectionIn) -> set[Key]:
    return {each.key for each in data.figures}


def is_empty(row: ReportFigure) -> bool:
    """Nothing else of it is known."""
    return row.previous_numerator is None and row.outside is None


def is_computed(row: ReportFigure) -> bool:
    """Something of it is computed: of a ratio whose numerator is typed, the denominator."""
    return (row.computed_numerator, row.computed_denominator) != (None, None)


def computed_of(rows: Iterable[ReportFigure]) -> dict[Key, Computed]:
    """The counted values of those figures that have one."""
    return {
        (row.item, row.cell): Computed(row.computed_numerator, row.computed_denominator)
        for row in rows
        if is_computed(row)
    }


def _by_hand(work: UnitOfWork, row: ReportFigure, act: Callable[[], None]) -> None:
    """Do an act on a figure, and mark a change of it as made by hand."""
    before = (row.status, row.numerator, row.denominator)
    act()
    if before != (row.status, row.numerator, row.denominator):
        row.edited_at = work.now


def declare(row: ReportFigure, given: FigureIn) -> None:
    """Set a figure to what the unit declares."""
    row.adjustment = given.adjustment
    if given.previous_source is not None or row.previous_source is not None:
        # What is from the report of the year before stays.
        row.previous_numerator, row.previous_denominator = given.previous_numerator, given.previous_denominator
        row.previous_source = given.previous_source
    row.outside, row.outside_source, row.outside_on = given.outside, given.outside_source, given.outside_on
    if given.not_applicable:
        row.status, row.numerator, row.denominator = "not_applicable", None, None
    elif given.numerator is not None:
        row.status, row.numerator, row.denominator = "declared", given.numerator, given.denominator
        if given.denominator is None:
            row.denominator = row.computed_denominator
    else:
        _use_computed(row)


def undeclare(row: ReportFigure) -> None:
    """Set a figure back to what is computed."""
    row.adjustment = row.outside = row.outside_source = row.outside_on = None
    if row.previous_source is not None:
        row.previous_numerator = row.previous_denominator = row.previous_source = None
    _use_computed(row)


def _use_computed(row: ReportFigure) -> None:
    is_known = row.computed_numerator is not None
    row.status = "computed" if is_known else "missing"
    row.numerator = max(0, (row.computed_numerator or 0) + (row.adjustment or 0)) if is_known else None
    row.denominator = row.computed_denominator


def _set_computed(row: ReportFigure, found: Computed | None) -> None:
    # What the unit declared stays, also that a figure with a computed value does not apply.
    is_declared = row.status == "declared" or (row.status == "not_applicable" and is_computed(row))
    is_defined = found is not None and found.is_defined
    row.computed_numerator = found.numerator if found is not None and is_defined else None
    row.computed_denominator = found.denominator if found is not None and is_defined else None
    row.overlap = found.overlap if found is not None else None
    if is_declared:
        return
    if found is not None and not is_defined:
        row.status, row.numerator, row.denominator = "not_applicable", None, None
    elif found is not None or row.status != "not_applicable":
        _use_computed(row)
