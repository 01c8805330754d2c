"""Readings: a version or a section as a caller reads it."""

from app.models.reports.reports import Report, ReportSection, ReportVersion
from app.repositories.reports.reports import ReportRepository
from app.schemas.reports.reports import (
    ConsolidatedFigureOut,
    ConsolidationOut,
    ReturnItemIn,
    SectionOut,
    VersionHeadOut,
    VersionOut,
)
from app.schemas.reports.snapshots import Snapshot, SnapshotFigure
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.consolidation.consolidation import computed_figures, coverage_of
from app.services.reports.figures.forms import section_of
from app.services.reports.reports import ReportService
from app.services.reports.submission.content import content_of


class ReadingService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.reports = ReportRepository(work.session)

    async def version(self, report: Report, version: ReportVersion) -> VersionOut:
        """A submitted version from its snapshot, a draft as it stands."""
        if version.snapshot is None:
            content = await content_of(self.work, report, version)
            figures, narratives, broken = content.figures, content.narratives, content.broken
        else:
            snapshot = Snapshot.model_validate(version.snapshot)
            figures, narratives, broken = snapshot.figures, snapshot.narratives, snapshot.broken_rules
        return VersionOut(
            **VersionHeadOut.of(version).model_dump(),
            figures=figures,
            narratives=narratives,
            broken_rules=broken,
            returned=_returned(version),
            changed=await self._changed(report, version, figures, narratives),
        )

    async def section(self, report: Report, section: ReportSection) -> SectionOut:
        """A section of the newest version, with the reasons for which the one before was returned."""
        service = ReportService(self.work)
        version = await service.newest(report)
        content = await content_of(self.work, report, version)
        described = section_of(content.definition, section.code)
        items = {item.code for item in described.items}
        former = await self.reports.version(report.id, version.number - 1)
        returned = [] if former is None else _returned(former)
        return SectionOut(
            code=section.code,
            definition=described,
            narratives=section.narratives or {},
            figures=[each for each in content.figures if each.item in items],
            broken_rules=[rule for rule in content.broken if rule.section == section.code],
            returned=[each for each in returned if each.item in items | {section.code}],
            edited_at=section.edited_at,
            version=section.version,
        )

    async def consolidation(self, report: Report, *, with_submitted: bool) -> ConsolidationOut:
        """The sums as they are now. Raises `forbidden` (403) above the unit, which reads versions alone."""
        service = ReportService(self.work)
        await service.check_own(report)
        period, definition = await service.period(report), await service.definition(report)
        found = await computed_figures(self.work, report, period, definition, with_submitted=with_submitted)
        coverage = await coverage_of(self.work, report, with_submitted=with_submitted)
        figures = [
            ConsolidatedFigureOut(item=item, cell=cell, numerator=value.numerator, denominator=value.denominator)
            for (item, cell), value in sorted(found.items())
        ]
        owed, reported = (coverage.owed, coverage.reported) if coverage else (0, 0)
        return ConsolidationOut(with_submitted=with_submitted, owed=owed, reported=reported, figures=figures)

    async def _changed(
        self, report: Report, version: ReportVersion, figures: list[SnapshotFigure], narratives: dict[str, str]
    ) -> list[str]:
        former = await self.reports.version(report.id, version.number - 1) if version.number > 1 else None
        if former is None or former.snapshot is None:
            return []
        before = Snapshot.model_validate(former.snapshot)
        old, new = _by_item(before.figures), _by_item(figures)
        changed = {item for item in old.keys() | new.keys() if old.get(item) != new.get(item)}
        texts = before.narratives.keys() | narratives.keys()
        return sorted(changed | {code for code in texts if before.narratives.get(code) != narratives.get(code)})


def _by_item(figures: list[SnapshotFigure]) -> dict[str, list[SnapshotFigure]]:
    found: dict[str, list[SnapshotFigure]] = {}
    for figure in figures:
        found.setdefault(figure.item, []).append(figure)
    return found


def _returned(version: ReportVersion) -> list[ReturnItemIn]:
    texts = version.return_texts or {}
    return [
        ReturnItemIn(item=item, reason=reason, text=texts.get(item))
        for item, reason in sorted((version.return_items or {}).items())
    ]
