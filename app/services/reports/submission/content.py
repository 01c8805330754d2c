"""What a version has, as it would be submitted: figures, texts, and the rules that it breaks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.core.problems import FieldFault, fault
from app.models.reports.reports import Report, ReportFigure, ReportSection, ReportVersion
from app.repositories.reports.reports import ReportRepository
from app.schemas.reports.definitions import Definition, Item, Strength
from app.schemas.reports.snapshots import FigureStatus, SnapshotCoverage, SnapshotFigure, SnapshotRule
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.consolidation.consolidation import coverage_of
from app.services.reports.figures.declared import text_key
from app.services.reports.figures.forms import form_of
from app.services.reports.figures.formulas import recomputed
from app.services.reports.figures.rules import broken_rules, events_of, is_nil
from app.services.reports.figures.values import Key, Value
from app.services.reports.reports import ReportService


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
        values = values_of(self.figures)
        is_whole = self.coverage is None or self.coverage.reported == self.coverage.owed
        return is_whole and is_nil(self.definition, values) and not events_of(self.definition, values)

    def of_strength(self, strength: Strength) -> list[SnapshotRule]:
        return [rule for rule in self.broken if rule.strength == strength]


async def content_of(work: UnitOfWork, report: Report, version: ReportVersion) -> Content:
    """The texts, figures and broken rules of a draft."""
    reports = ReportRepository(work.session)
    sections = await reports.sections(version.id)
    coverage = await coverage_of(work, report)
    definition = form_of(await ReportService(work).definition(report), is_consolidated=coverage is not None)
    rows = await reports.figures(version.id)
    figures = _with_recomputed(definition, shown_figures(definition, rows, sections))
    narratives = {code: text for each in sections for code, text in (each.narratives or {}).items()}
    explained = {code: text for each in sections for code, text in (each.explanations or {}).items()}
    broken = [
        rule.model_copy(update={"explanation": explained.get(rule.code)})
        for rule in broken_rules(definition, values_of(figures), is_consolidated=coverage is not None)
    ]
    broken += _over_adjusted(definition, figures)
    return Content(definition, figures, narratives, broken, coverage)


def shown_figures(
    definition: Definition, rows: Iterable[ReportFigure], sections: Iterable[ReportSection]
) -> list[SnapshotFigure]:
    """The figures in the order of the definition; a total that is nowhere is missing."""
    reasons = {key: text for section in sections for key, text in (section.reasons or {}).items()}
    comments = {key: text for section in sections for key, text in (section.comments or {}).items()}
    by_item: dict[str, list[ReportFigure]] = {}
    for row in rows:
        by_item.setdefault(row.item, []).append(row)
    found: list[SnapshotFigure] = []
    for code in definition.indicators():
        cells = sorted(by_item.get(code, ()), key=lambda row: row.cell)
        if not any(row.cell == "" for row in cells):
            found.append(SnapshotFigure(item=code, status="missing"))
        for row in cells:
            key = text_key(row.item, row.cell)
            found.append(_shown(row, reasons.get(key), comments.get(key)))
    return found


def _shown(row: ReportFigure, reason: str | None, comment: str | None) -> SnapshotFigure:
    status: FigureStatus = row.status  # type: ignore[assignment]
    return SnapshotFigure(
        item=row.item,
        cell=row.cell,
        status=status,
        numerator=row.numerator,
        denominator=row.denominator,
        computed_numerator=row.computed_numerator,
        computed_denominator=row.computed_denominator,
        overlap=row.overlap,
        adjustment=row.adjustment,
        previous_numerator=row.previous_numerator,
        previous_denominator=row.previous_denominator,
        outside=row.outside,
        outside_source=row.outside_source,
        outside_on=row.outside_on,
        reason=reason,
        comment=comment,
    )


def values_of(figures: list[SnapshotFigure]) -> dict[Key, Value]:
    return {
        (each.item, each.cell): Value(each.numerator, each.denominator, each.previous_numerator, each.status)
        for each in figures
    }


def _with_recomputed(definition: Definition, figures: list[SnapshotFigure]) -> list[SnapshotFigure]:
    """The figures with those that are formulas of them, each in its place."""
    made = recomputed(definition, values_of(figures))
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


def missing_items(content: Content) -> list[FieldFault]:
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


def unexplained_rules(content: Content) -> list[FieldFault]:
    return [rule_broken(rule, "explanations") for rule in content.of_strength(Strength.EXPLAIN) if not rule.explanation]


def rule_broken(rule: SnapshotRule, place: str = "rules") -> FieldFault:
    return fault(f"/sections/{rule.section}/{place}/{rule.code}", "rule_broken", rule.text_vi, rule.text_en)
