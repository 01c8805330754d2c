"""Reports after a fault: no step is there in part, and every version says what was last written into it."""

import asyncio
from collections.abc import Iterable, Mapping

from sqlalchemy import select

from app.core.canonical_json import digest_of
from app.core.settings import Settings
from app.models.reports.reports import Report, ReportFigure, ReportVersion
from app.repositories.reports.contributions import ContributionRepository
from app.repositories.reports.reports import ReportRepository
from app.schemas.reports.snapshots import Snapshot
from app.security.access.scope import ALL
from app.services.setup.start import open_runtime
from tests.faults.files import NAMED
from tests.faults.ledger import Ledger
from tests.faults.report_acts import OF_INCIDENTS, TEXT, TYPED
from tests.faults.site import Site

EVENT = (
    "EXISTS (SELECT 1 FROM report_event WHERE report_event.report_id = report_version.report_id"
    " AND report_event.kind = '{}' AND CAST(report_event.data ->> 'version' AS integer) = report_version.number)"
)
FIGURES = "EXISTS (SELECT 1 FROM report_figure WHERE version_id = report_version.id)"
SECTIONS = "EXISTS (SELECT 1 FROM report_section WHERE version_id = report_version.id)"
VERSION = "EXISTS (SELECT 1 FROM report_version WHERE report_version.report_id = report.id AND {})"
VERSIONS, REPORTS = "SELECT count(*) FROM report_version WHERE ", "SELECT count(*) FROM report WHERE ordinal = 0 AND "
REPORT_HALVES = {
    **{
        f"a version that is {event} without the event, or the other way": f"{VERSIONS}({column} IS NOT NULL) <> "
        + EVENT.format(event)
        for event, column in (("submitted", "submitted_at"), ("returned", "returned_at"), ("accepted", "accepted_at"))
    },
    "a version without figures or sections": VERSIONS + f"NOT {FIGURES} OR NOT {SECTIONS}",
    "a state of another version": f"{REPORTS}(newest > 0) <> " + VERSION.format("number = newest"),
    "submitted, and no version of it is": f"{REPORTS}state IN ('submitted', 'accepted', 'locked') AND NOT "
    + VERSION.format("id = submitted_version_id AND number = newest AND submitted_at IS NOT NULL"),
    "returned or unlocked, and no draft follows": f"{REPORTS}state IN ('draft', 'returned') AND NOT "
    + VERSION.format("number = newest AND submitted_at IS NULL"),
    "accepted, and no version of it is": f"{REPORTS}state = 'accepted' AND NOT "
    + VERSION.format("id = accepted_version_id AND accepted_at IS NOT NULL"),
    "locked in part": f"{REPORTS}((state = 'locked') <> (locked_at IS NOT NULL) OR state = 'locked' AND NOT "
    + VERSION.format("id = accepted_version_id AND " + EVENT.format("locked"))
    + ")",
}
"""Each counts steps of which a part is there: none may ever come to be."""


def check_reports(site: Site, ledger: Ledger) -> int:
    """How many submitted versions are whole. Raises where one is not, or is not what was written."""
    if not ledger.drafts:
        return 0
    settings = {name: site.environment.get(f"ATHD_{name.upper()}") for name in NAMED}
    return asyncio.run(_read(Settings.model_validate(settings), ledger.drafts))


async def _read(settings: Settings, drafts: Mapping[tuple[str, int], int]) -> int:
    runtime, whole = open_runtime(settings), 0
    try:
        async with runtime.work(ALL, write=False) as work:
            reports = ReportRepository(work.session)
            parts = ContributionRepository(work.session)
            for code in {code for code, _ in drafts}:
                report = await reports.one(select(Report).where(Report.code == code))
                assert report is not None
                written = 0
                for each in await reports.versions(report.id):
                    # A version begins as a copy of the one before.
                    written = drafts.get((code, each.number), written)
                    version = await reports.version(report.id, each.number)
                    assert version is not None
                    await _check_draft(reports, version, written)
                    if version.submitted_at is not None:
                        _check_frozen(version, await reports.figures(version.id), written)
                        await _check_parts(parts, version)
                        whole += 1
    finally:
        await runtime.close()
    return whole


async def _check_draft(reports: ReportRepository, version: ReportVersion, written: int) -> None:
    figures = {row.item: row for row in await reports.figures(version.id) if row.cell == ""}
    texts = await reports.section(version.id, "texts")
    assert texts is not None
    assert (figures[TYPED].numerator, (texts.narratives or {})[TEXT].rsplit(" ")[-1]) == (written, str(written))


def _check_frozen(version: ReportVersion, rows: Iterable[ReportFigure], written: int) -> None:
    snapshot = Snapshot.model_validate(version.snapshot)
    assert digest_of(version.snapshot) == version.digest, "not the snapshot that was submitted"
    figures = {(each.item, each.cell): each.numerator for each in snapshot.figures}
    assert figures == {(row.item, row.cell): row.numerator for row in rows}, "figures that were not submitted"
    assert figures[TYPED, ""] == written
    assert snapshot.narratives[TEXT].endswith(f" {written}")


async def _check_parts(parts: ContributionRepository, version: ReportVersion) -> None:
    """A figure that counts rows has the digest of each."""
    snapshot = Snapshot.model_validate(version.snapshot)
    (counted,) = (each for each in snapshot.figures if (each.item, each.cell) == (OF_INCIDENTS, ""))
    is_own = snapshot.coverage is None
    if is_own and counted.computed_numerator:
        assert await parts.of_figure(version.id, OF_INCIDENTS), "a figure without what it counts"
