"""What a version is, whole, at the moment of its submission."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from app.core.dated import holds
from app.core.paths import parent
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report, ReportFigure, ReportSection, ReportVersion
from app.models.reports.templates import ReportTemplate
from app.models.units import UnitView
from app.repositories.units import UnitRepository
from app.schemas.reports.definitions import CODE_LISTS, Definition
from app.schemas.reports.reports import SubmissionIn
from app.schemas.reports.snapshots import (
    FigureStatus,
    Snapshot,
    SnapshotCoverage,
    SnapshotFigure,
    SnapshotLabel,
    SnapshotRule,
    SnapshotUnit,
)
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService
from app.services.reports.figures.declared import text_key

FOR_THE_HEAD: Final = "kt"


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


class SnapshotMaker:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.units = UnitRepository(work.session)

    async def make(
        self,
        report: Report,
        version: ReportVersion,
        period: ReportPeriod,
        template: ReportTemplate,
        definition: Definition,
        data: SubmissionIn,
        figures: list[SnapshotFigure],
        narratives: dict[str, str],
        broken: list[SnapshotRule],
        coverage: SnapshotCoverage | None,
        *,
        is_nil: bool,
    ) -> Snapshot:
        """The snapshot with the names that units have today, and the words that codes had at the period's end."""
        view = await self.units.view(report.unit_id, self.work.today)
        own = view or await self._last(report)
        recipient = await self._recipient(report)
        superior = await self._superior(own, recipient)
        return Snapshot(
            report_id=report.id,
            code=report.code,
            version=version.number,
            is_supplementary=version.is_supplementary,
            is_nil=is_nil,
            template_code=template.code,
            template_number=template.number,
            definition=definition,
            labels=await self._labels(definition, period.ends_on),
            school_year=period.school_year,
            term=period.term,
            period_kind=period.kind,
            starts_on=period.starts_on,
            ends_on=period.ends_on,
            cut_off_at=period.cut_off_at,
            due_on=report.due_on,
            due_at=report.due_at,
            letter_number=period.letter_number,
            letter_issuer=period.letter_issuer,
            letter_issued_on=period.letter_issued_on,
            unit=_unit(own),
            recipient=_unit(recipient) if recipient else None,
            superior_name_vi=superior.named.name_vi if superior else None,
            place=own.unit.document_place,
            signing_mode=data.signing_mode,
            signer_title=_title(data, own.unit.signer_title or await self.units.signer_title(own.unit.kind)),
            signer_name=data.signer_name,
            submitted_at=self.work.now,
            figures=figures,
            narratives=narratives,
            broken_rules=broken,
            coverage=coverage,
        )

    async def _labels(self, definition: Definition, day: date) -> list[SnapshotLabel]:
        """Of every code that a cell may name, also one that the form for the public shows as hidden; of a code that is
        in no list on the day its last words.
        """
        broken_down = (each.breakdowns for each in definition.indicators().values())
        used = {CODE_LISTS[dimension] for breakdowns in broken_down for each in breakdowns for dimension in each}
        found: dict[tuple[str, str], SnapshotLabel] = {}
        for entry in await CodeListService(self.work).of_lists((), None):
            key = (entry.list, entry.code)
            if entry.list in used and (key not in found or holds(entry, day)):
                found[key] = SnapshotLabel(list=entry.list, code=entry.code, label_vi=entry.label_vi)
        return list(found.values())

    async def _last(self, report: Report) -> UnitView:
        """The unit of a report that was closed since, as it was on its last day."""
        unit = await self.units.get(report.unit_id)
        names = await self.units.last_names([report.unit_id], self.work.today)
        return UnitView(unit, names[report.unit_id], None, None, self.work.today)

    async def _recipient(self, report: Report) -> UnitView | None:
        return None if report.recipient_id is None else await self.units.view(report.recipient_id, self.work.today)

    async def _superior(self, own: UnitView, recipient: UnitView | None) -> UnitView | None:
        """The body right above, which most often is the recipient."""
        if recipient is not None and recipient.unit.org_path == parent(own.unit.org_path):
            return recipient
        above = await self.units.above(own.unit.org_path)
        return await self.units.view(above.id, self.work.today) if above else None


def _title(data: SubmissionIn, head: str | None) -> str | None:
    """Who signs for the head (KT.) is printed below the head's title, each on a line of its own."""
    own = data.signer_title
    is_below = data.signing_mode == FOR_THE_HEAD and own and head and own != head
    return f"{head}\n{own}" if is_below else own or head


def _unit(view: UnitView) -> SnapshotUnit:
    return SnapshotUnit(
        id=view.id,
        name_vi=view.named.name_vi,
        name_en=view.named.name_en,
        code=view.named.code,
        levels=list(view.named.levels),
        ownership=view.named.ownership,
    )
