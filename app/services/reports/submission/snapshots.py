"""What a version is, whole, at the moment of its submission."""

from datetime import date
from typing import Final

from app.core.dated import holds
from app.core.paths import parent
from app.models.reports.reports import Report, ReportVersion
from app.models.units import UnitView
from app.repositories.reports.reports import ReportRepository
from app.repositories.units import UnitRepository
from app.schemas.reports.definitions import CODE_LISTS, Definition
from app.schemas.reports.reports import SubmissionIn
from app.schemas.reports.snapshots import (
    Snapshot,
    SnapshotLabel,
    SnapshotUnit,
)
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService
from app.services.reports.submission.content import Content

FOR_THE_HEAD: Final = "kt"


class SnapshotMaker:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.reports = ReportRepository(work.session)
        self.units = UnitRepository(work.session)

    async def make(self, report: Report, version: ReportVersion, content: Content, signed: SubmissionIn) -> Snapshot:
        """The snapshot with the names that units have today, and the words that codes had at the period's end."""
        period = await self.reports.period(report)
        template = await self.reports.template(period)
        view = await self.units.view(report.unit_id, self.work.today)
        own = view or await self._last(report)
        recipient = await self._recipient(report)
        superior = await self._superior(own, recipient)
        return Snapshot(
            report_id=report.id,
            code=report.code,
            version=version.number,
            is_supplementary=version.is_supplementary,
            is_nil=content.is_nil,
            template_code=template.code,
            template_number=template.number,
            definition=content.definition,
            labels=await self._labels(content.definition, period.ends_on),
            school_year=period.school_year,
            term=period.term,
            period_kind=period.kind,
            starts_on=period.starts_on,
            ends_on=period.ends_on,
            cut_off_at=period.cut_off_at,
            due_on=report.due_on_said,
            due_at=report.due_at_said,
            letter_number=period.letter_number,
            letter_issuer=period.letter_issuer,
            letter_issued_on=period.letter_issued_on,
            unit=_unit(own),
            recipient=_unit(recipient) if recipient else None,
            superior_name_vi=superior.named.name_vi if superior else None,
            place=own.unit.document_place,
            signing_mode=signed.signing_mode,
            signer_title=_title(signed, own.unit.signer_title or await self.units.signer_title(own.unit.kind)),
            signer_name=signed.signer_name,
            submitted_at=self.work.now,
            figures=content.figures,
            narratives=content.narratives,
            broken_rules=content.broken,
            coverage=content.coverage,
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


def _title(signed: SubmissionIn, head: str | None) -> str | None:
    """Who signs for the head (KT.) is printed below the head's title, each on a line of its own."""
    own = signed.signer_title
    is_below = signed.signing_mode == FOR_THE_HEAD and own and head and own != head
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
