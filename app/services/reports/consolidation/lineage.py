"""Lineage: the parts of a figure, their digest, whether they add up, and what the rows say since."""

import hmac
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app.core.canonical_json import digest_of
from app.core.paths import line
from app.core.problems import INVALID, NOT_FOUND
from app.models.reports.reports import Report, ReportContribution, ReportFigure, ReportVersion
from app.repositories.reports.contributions import ContributionRepository
from app.repositories.reports.figures import Contribution
from app.repositories.reports.sources import SOURCES
from app.schemas.reports.definitions import Definition, IndicatorItem, RollUp
from app.schemas.reports.lineage import ChildFigureOut, DriftOut, LineageOut, SourceOut
from app.schemas.reports.snapshots import Snapshot, SnapshotFigure
from app.security.access.elevation import ElevationReason
from app.security.access.scope import Range
from app.services.platform.unit_of_work import UnitOfWork
from app.services.privacy.shredding import key_digest
from app.services.reports.consolidation.computation import contributions, extent_of, paths_below
from app.services.reports.figures.cells import cell_faults, codes_on
from app.services.reports.reports import ReportService

ADDED_UP = frozenset({RollUp.SUM, RollUp.RATIO})


class LineageService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.parts = ContributionRepository(work.session)
        self.service = ReportService(work)
        self.key = work.runtime.ring.secret("report_contribution")

    async def keep(
        self, report: Report, version: ReportVersion, definition: Definition, figures: Iterable[SnapshotFigure]
    ) -> None:
        """Keep the digest of every row that a computed total counts."""
        totals = (each for each in figures if each.cell == "")
        # Of a share of nothing the rows below the line count too.
        counted = {each.item for each in totals if each.computed_numerator or each.computed_denominator}
        items = [item for code, item in definition.indicators().items() if code in counted]
        if not items:
            return
        # What happened since it was counted is in no figure of it.
        for code, rows in (await self._rows(report, items, version.computed_at)).items():
            for row in rows:
                self.parts.add(
                    ReportContribution(
                        report_id=report.id,
                        org_path=report.org_path,
                        version_id=version.id,
                        item=code,
                        digest=self._digest(row.row_id),
                        numerator=row.numerator,
                        denominator=row.denominator,
                    )
                )

    async def of_figure(self, report: Report, version: ReportVersion, item: str, cell: str) -> LineageOut:
        """Everything of which a submitted figure is made.

        Raises `not_found` (404) for no such figure, `invalid` (422) for a cell that the indicator never has: one of
        its breakdowns in which nothing counts is 404.
        """
        if version.snapshot is None:
            raise NOT_FOUND()
        snapshot = Snapshot.model_validate(version.snapshot)
        figure = next((each for each in snapshot.figures if (each.item, each.cell) == (item, cell)), None)
        described = snapshot.definition.indicators().get(item)
        if described is None:
            raise NOT_FOUND()
        if figure is None:
            codes = await codes_on(self.work, snapshot.ends_on)
            if faults := list(cell_faults("cell", described, cell, codes)):
                raise INVALID(faults=faults)
            raise NOT_FOUND()
        own = [] if cell else await self.parts.of_figure(version.id, item)
        coverage = snapshot.coverage
        below = await self.parts.below(coverage.versions if coverage else [], item, cell)
        children = [_child(*each) for each in below]
        numerator, denominator = (None, None) if cell else _added(own)
        return LineageOut(
            item=item,
            cell=cell,
            version=version.number,
            figure=figure,
            roll_up=described.roll_up,
            formula=described.formula,
            source=_source(described),
            own_numerator=numerator,
            own_denominator=denominator,
            own_rows=None if cell else len(own),
            children=children,
            owed=coverage.owed if coverage else None,
            reported=coverage.reported if coverage else None,
            digest=_digest_of_parts(item, cell, own, children),
            is_reproduced=None if numerator is None else _adds_up(described, figure, numerator, children),
            drift=await self._drift(report, described, own) if not cell else None,
        )

    async def _rows(
        self, report: Report, items: Iterable[IndicatorItem], at: datetime | None = None
    ) -> dict[str, list[Contribution]]:
        """As known at a moment, by default now."""
        period = await self.service.period(report)
        extent = extent_of(self.work, period, report.unit_id, report.org_path)
        if at is not None:
            extent = replace(extent, cut_off=min(extent.cut_off, at), at=at)
        below = await paths_below(self.work, period.id, report.unit_id)
        return await contributions(self.work, extent, items, below)

    async def _drift(self, report: Report, item: IndicatorItem, own: list[ReportContribution]) -> DriftOut | None:
        if item.source not in SOURCES:
            return None
        rows = (await self._rows(report, [item])).get(item.code, [])
        now = {self._digest(row.row_id): row for row in rows}
        before = {each.digest for each in own}
        gone = before - now.keys()
        raised = gone & await self._raised(report, item.source) if gone else set[str]()
        gone -= raised
        destroyed = await self._destroyed(report, gone)
        added = [row.row_id for digest, row in now.items() if digest not in before]
        numerator, denominator = _added([*now.values(), *(each for each in own if each.digest in raised)])
        return DriftOut(
            numerator=numerator,
            denominator=denominator,
            added=len(added),
            gone=len(gone) - len(destroyed),
            destroyed=destroyed,
            added_ids=await self.parts.reachable(added),
        )

    async def _raised(self, report: Report, source: str) -> set[str]:
        """What was raised above the unit since is no drift of its report: its staff may be accused there."""
        async with self.work.elevated(ElevationReason.REPORT_FIGURES):
            rows = await self.parts.raised(line(report.org_path)[:-1], SOURCES[source].tables)
        return {self._digest(row) for row in rows}

    async def _destroyed(self, report: Report, gone: set[str]) -> list[str | None]:
        """The certificates of those rows that were destroyed since."""
        if not gone:
            return []
        async with self.work.elevated(ElevationReason.REPORT_FIGURES):
            within = Range.under(report.org_path)
            keys = {self._digest(row): key for row, key in (await self.parts.destroyed(within)).items()}
            numbers = await self.parts.certificates(within)
        return [numbers.get(key_digest(keys[digest])) for digest in sorted(gone & keys.keys())]

    def _digest(self, row_id: UUID) -> str:
        return hmac.digest(self.key, row_id.bytes, "sha256").hex()


def _child(report: Report, version: ReportVersion, figure: ReportFigure | None) -> ChildFigureOut:
    return ChildFigureOut(
        report_id=report.id,
        report_code=report.code,
        unit_id=report.unit_id,
        version=version.number,
        digest=version.digest or "",
        status="missing" if figure is None else figure.status,
        numerator=None if figure is None else figure.numerator,
        denominator=None if figure is None else figure.denominator,
    )


def _added(parts: Iterable[ReportContribution | Contribution]) -> tuple[int, int | None]:
    """Both sums; no denominator where no part has one."""
    pairs = [(part.numerator, part.denominator) for part in parts]
    denominators = [denominator for _, denominator in pairs if denominator is not None]
    return sum(numerator for numerator, _ in pairs), sum(denominators) if denominators else None


def _source(item: IndicatorItem) -> SourceOut | None:
    source = SOURCES.get(item.source or "")
    return None if source is None else SourceOut.model_validate(source)


def _adds_up(item: IndicatorItem, figure: SnapshotFigure, own: int, children: list[ChildFigureOut]) -> bool | None:
    if item.roll_up not in ADDED_UP or figure.computed_numerator is None:
        return None
    summed = own + sum(child.numerator or 0 for child in children) - (figure.overlap or 0)
    return summed == figure.computed_numerator


def _digest_of_parts(item: str, cell: str, own: list[ReportContribution], children: list[ChildFigureOut]) -> str:
    parts = {
        "item": item,
        "cell": cell,
        "own": [[each.digest, each.numerator, each.denominator] for each in own],
        "children": [[each.digest, each.status, each.numerator, each.denominator] for each in children],
    }
    return digest_of(parts)
