"""Figures of drafts that a table names one by one. What the table leaves out does not change."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from app.core.problems import FieldFault, fault
from app.models.reports.reports import Report, ReportFigure, ReportSection
from app.repositories.reports.reports import ReportRepository
from app.schemas.reports.definitions import Definition
from app.schemas.reports.flow import EDITABLE
from app.schemas.reports.reports import FigureIn, SectionIn
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.consolidation.consolidation import is_consolidated
from app.services.reports.drafting.drafts import DraftService, computed_of, declare, is_computed, is_empty, undeclare
from app.services.reports.figures.declared import Asked, faults_of, text_key
from app.services.reports.figures.forms import form_of
from app.services.reports.figures.values import Key
from app.services.reports.reports import ReportService

# What an upload overwrites of a figure, and a revert restores.
OVERWRITTEN: Final = ("status", "numerator", "denominator", "adjustment", "edited_at")
CLOSED: Final = "closed"
URGENT: Final = "urgent"


@dataclass(frozen=True, slots=True)
class TypedFigure:
    """A figure of a row of a table. What is None does not change."""

    item: str
    cell: str
    numerator: int
    denominator: int | None = None
    reason: str | None = None
    comment: str | None = None

    @property
    def key(self) -> Key:
        return self.item, self.cell


@dataclass(slots=True)
class OpenDraft:
    """The newest version of a report that its unit edits now."""

    report: Report
    version_id: UUID
    form: Definition
    asked: Asked
    sections: Mapping[str, ReportSection]
    rows: dict[Key, ReportFigure] = field(repr=False)

    def section(self, item: str) -> ReportSection | None:
        """Where an indicator stands; None for one that the form has not."""
        described = self.form.section_of(item) if item in self.form.indicators() else None
        return None if described is None else self.sections.get(described.code)


class TypedFigureService:
    """By the rules of the section that is edited by hand."""

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.reports = ReportRepository(work.session)
        self.service = ReportService(work)
        self.drafts = DraftService(work)

    async def own_reports(self, codes: Collection[str], *, for_update: bool) -> dict[str, Report]:
        """The reports that the caller's unit writes, by code."""
        found = await self.reports.by_codes(codes, for_update=for_update)
        return {each.code: each for each in found if await self.service.is_own(each)}

    async def state_against(self, report: Report) -> str | None:
        """Why the report cannot be edited now: its state, `urgent`, or `closed` for its period; None where it can."""
        if report.is_urgent:
            return URGENT
        if report.state not in EDITABLE:
            return report.state
        period = await self.service.period(report)
        return CLOSED if report.delivered_at is None and period.state != "open" else None

    async def open(self, report: Report) -> OpenDraft:
        """The draft of a report that can be edited now."""
        version = await self.service.newest(report)
        period, definition = await self.service.period(report), await self.service.definition(report)
        has_below = await is_consolidated(self.work, report)
        return OpenDraft(
            report,
            version.id,
            form_of(definition, is_consolidated=has_below),
            await self.drafts.asked(report, period, has_below=has_below),
            {each.code: each for each in await self.reports.sections(version.id)},
            {(row.item, row.cell): row for row in await self.reports.figures(version.id)},
        )

    def faults(self, draft: OpenDraft, typed: TypedFigure) -> list[FieldFault]:
        """What is wrong with one figure, each with the member as its pointer."""
        section = draft.section(typed.item)
        if section is None:
            return [fault("item", "unknown_item", "Mẫu không có chỉ tiêu này", "The form has no such indicator")]
        try:
            given = self._given(draft, section, typed)
        except ValidationError:
            return [fault("cell", "unknown_cell", "Chỉ tiêu không phân tổ như vậy", "It has no such breakdown")]
        described = next(each for each in draft.form.sections if each.code == section.code)
        return faults_of(described, (), SectionIn(figures=[given]), computed_of(draft.rows.values()), draft.asked)

    def has(self, draft: OpenDraft, typed: TypedFigure) -> bool:
        """Whether the unit declared the figure."""
        row = draft.rows.get(typed.key)
        return row is not None and row.status == "declared"

    def is_same(self, draft: OpenDraft, typed: TypedFigure) -> bool:
        """Whether nothing would change."""
        row, section = draft.rows.get(typed.key), draft.section(typed.item)
        if row is None or section is None or row.status != "declared":
            return False
        is_same_value = row.numerator == typed.numerator and typed.denominator in {None, row.denominator}
        reason, comment = self._texts(section, typed)
        return is_same_value and typed.reason in {None, reason} and typed.comment in {None, comment}

    def is_edited(self, draft: OpenDraft, typed: TypedFigure) -> bool:
        """Whether somebody declared it by hand."""
        row = draft.rows.get(typed.key)
        return row is not None and row.edited_at is not None

    def write(self, draft: OpenDraft, typed: TypedFigure) -> tuple[UUID, dict[str, Any]]:
        """Declare a figure that has no fault: its id, and what it was before."""
        section = draft.section(typed.item)
        assert section is not None  # noqa: S101 — it has no fault
        given, row = self._given(draft, section, typed), draft.rows.get(typed.key)
        reason, comment = self._texts(section, typed)
        before: dict[str, Any] = {"reason": reason, "comment": comment, "figure": None}
        if row is None:
            row = draft.rows[typed.key] = self.drafts.new_figure(draft.report, draft.version_id, typed.key)
        else:
            before["figure"] = {name: _plain(getattr(row, name)) for name in OVERWRITTEN}
        declare(row, given)
        row.edited_at = None
        self._write_texts(section, typed.key, given.reason, given.comment)
        return row.id, before

    async def is_open(self, figure_id: UUID) -> bool:
        """Whether the caller's unit edits the version of a figure now."""
        row = await self.reports.figure(figure_id)
        return row is not None and await self._draft_of(row, await self.reports.get(row.report_id)) is not None

    async def _draft_of(self, row: ReportFigure, report: Report) -> OpenDraft | None:
        """The draft of which a figure is; None where its version is no longer edited by the caller's unit."""
        if not await self.service.is_own(report) or await self.state_against(report) is not None:
            return None
        draft = await self.open(report)
        return draft if row.version_id == draft.version_id else None

    async def take_back(self, figure_id: UUID, before: Mapping[str, Any]) -> bool:
        """Restore a figure; False where its version is no longer edited by the caller's unit."""
        row = await self.reports.figure(figure_id)
        if row is None:
            return False
        draft = await self._draft_of(row, (await self.reports.for_update([row.report_id]))[row.report_id])
        section = draft.section(row.item) if draft is not None else None
        if section is None:
            return False
        self._write_texts(section, (row.item, row.cell), before["reason"], before["comment"])
        await self._restore(row, before["figure"])
        return True

    async def is_edited_since(self, figure_id: UUID) -> bool:
        """Whether somebody changed a figure by hand since an upload wrote it, or left it out."""
        row = await self.reports.figure(figure_id)
        return row is None or row.edited_at is not None

    async def _restore(self, row: ReportFigure, figure: Mapping[str, Any] | None) -> None:
        """A computed figure gets what was counted last, whatever it was before."""
        row.edited_at = _edited_at(figure)
        if figure is not None and figure["status"] in {"declared", "not_applicable"}:
            row.status, row.numerator, row.denominator = (
                figure[name] for name in ("status", "numerator", "denominator")
            )
        else:
            adjustment = None if figure is None else figure["adjustment"]
            undeclare(row)
            if adjustment is not None and is_computed(row):
                row.adjustment = adjustment
                row.numerator = max(0, (row.computed_numerator or 0) + adjustment)
        if row.status == "missing" and is_empty(row):
            await self.reports.drop_figures([row])

    def _given(self, draft: OpenDraft, section: ReportSection, typed: TypedFigure) -> FigureIn:
        """As by hand: the figure with what of it stays. Raises ValidationError for a cell that can be of no form."""
        row = draft.rows.get(typed.key)
        reason, comment = self._texts(section, typed)
        stays = {} if row is None else _staying(row)
        if typed.denominator is not None:
            stays["denominator"] = typed.denominator
        return FigureIn(
            item=typed.item,
            cell=typed.cell,
            numerator=typed.numerator,
            reason=typed.reason or reason,
            comment=typed.comment or comment,
            **stays,
        )

    def _texts(self, section: ReportSection, typed: TypedFigure) -> tuple[str | None, str | None]:
        key = text_key(*typed.key)
        return (section.reasons or {}).get(key), (section.comments or {}).get(key)

    def _write_texts(self, section: ReportSection, key: Key, reason: str | None, comment: str | None) -> None:
        section.reasons = _with(section.reasons, key, reason)
        section.comments = _with(section.comments, key, comment)
        section.edited_at, section.edited_by = self.work.now, self.work.actor_id


def _staying(row: ReportFigure) -> dict[str, Any]:
    """What a table does not say of a figure."""
    names = ["outside", "outside_source", "outside_on"]
    if row.previous_source is not None:
        names += ["previous_numerator", "previous_denominator", "previous_source"]
    if row.status == "declared":
        names.append("denominator")
    return {name: getattr(row, name) for name in names}


def _with(texts: Mapping[str, str] | None, key: Key, text: str | None) -> dict[str, str]:
    others = {name: said for name, said in (texts or {}).items() if name != text_key(*key)}
    return others if text is None else others | {text_key(*key): text}


def _edited_at(figure: Mapping[str, Any] | None) -> datetime | None:
    edited_at = None if figure is None else figure["edited_at"]
    return None if edited_at is None else datetime.fromisoformat(edited_at)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
