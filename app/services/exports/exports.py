"""Exports: a list of the caller's unit as a document, with a reason, recorded and audited record by record."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final
from uuid import UUID

from app.core.ids import case_code
from app.core.paging import Page, PageRequest
from app.core.problems import FORBIDDEN, invalid
from app.documents.tables import Head, render_table
from app.models.exports import Export
from app.repositories.exports import ExportRepository
from app.repositories.school_years.school_years import SchoolYearRepository
from app.schemas.exports import ExportIn
from app.security.access.roles import Act
from app.services.exports.cases import Incidents, Referrals
from app.services.exports.contract import ExportedList, Row
from app.services.exports.notices import LARGE_EXPORT_MADE
from app.services.exports.problems import EXPORT_TOO_LARGE
from app.services.exports.registry import Classes, Enrolments, Guardians, Learners, Staff
from app.services.notices.notices import NoticeService
from app.services.platform.unit_of_work import UnitOfWork

LISTS: Final[Mapping[str, type[ExportedList]]] = MappingProxyType(
    {each.code: each for each in (Learners, Guardians, Classes, Enrolments, Staff, Incidents, Referrals)}
)


@dataclass(frozen=True, slots=True)
class ExportedDocument:
    """What goes out once, and the record of it that stays."""

    export: Export
    content: bytes


class ExportService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.exports = ExportRepository(work.session)

    async def page(self, page: PageRequest) -> Page[Export]:
        """Exports of the caller's unit, newest first."""
        found = await self.exports.page(self.exports.select(), page)
        await self.exports.opened(found.items)
        return found

    async def get(self, export_id: UUID) -> Export:
        return await self.exports.get(export_id)

    async def create(self, data: ExportIn) -> ExportedDocument:
        """The rows in the caller's reach as a document. Its record and its audit entry are committed before it is made.

        The level above is notified of one that has as many rows as a setting names. Raises `forbidden` (403) without
        the right to read the list, `invalid` (422) for an unknown school year, `export_too_large` (422), `unavailable`
        (503) where too many documents wait.
        """
        found = LISTS[data.exported](self.work)
        if not self.work.actor.may(Act.READ, found.resource):
            raise FORBIDDEN()
        await self._check_year(data)
        rows, labels = found.in_order(await self._rows(found, data)), await found.labels()
        heads = [Head(each.name, each.head.vi, labels.get(each.name)) for each in found.shown_fields()]
        export = await self._record(data, len(rows))
        await self.work.release()
        document = partial(render_table, data.format, heads, rows)
        return ExportedDocument(export, await self.work.runtime.report_renderer.render(document))

    async def _check_year(self, data: ExportIn) -> None:
        years = SchoolYearRepository(self.work.session)
        if data.school_year is not None and await years.by_code(data.school_year) is None:
            raise invalid("/school_year", "unknown_school_year", "Không có năm học này", "There is no such school year")

    async def _rows(self, found: ExportedList, data: ExportIn) -> list[Row]:
        most, rows, after = self.work.runtime.settings.export_rows, list[Row](), None
        while True:
            part = await found.part(data, after)
            rows += part.rows
            if len(rows) > most:
                raise EXPORT_TOO_LARGE(extra={"limit": most})
            if part.next is None:
                return rows
            after = part.next

    async def _record(self, data: ExportIn, rows: int) -> Export:
        actor = self.work.actor
        export = Export(
            org_path=actor.org_path,
            unit_id=actor.unit_id,
            code=case_code(self.work.today.year),
            exported=data.exported,
            format=data.format,
            school_year=data.school_year,
            first_day=data.first_day,
            last_day=data.last_day,
            rows=rows,
            reason=data.reason,
            cipher=self.work.new_cipher(),
            exported_at=self.work.now,
            exported_by=actor.id,
            by_role=actor.role,
        )
        self.exports.add(export)
        await self.work.flush()
        if rows >= self.work.runtime.settings.export_large_rows:
            named = {"code": export.code, "exported": data.exported, "rows": rows, "unit_id": str(actor.unit_id)}
            notices = NoticeService(self.work)
            await notices.notify_line(actor.org_path, LARGE_EXPORT_MADE, None, named, only_above=True)
        return export
