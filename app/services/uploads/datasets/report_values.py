"""Figures of reports in draft by upload: each row declares one, as the unit does by hand in a section."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar, Final
from uuid import UUID

from app.core.problems import FieldFault, Text
from app.integrations.tables.columns import Column, Columns
from app.integrations.tables.faults import Fault, define_fault
from app.integrations.tables.kinds import Identifier, Value, Whole, Words
from app.integrations.tables.reading import TypedRow
from app.security.access.roles import Act, Resource
from app.services.reports.drafting.typed_figures import OpenDraft, TypedFigure, TypedFigureService
from app.services.uploads.contract import Change, Dataset, Fate, Outcome, Reversal, Terms, fate_of

MOST: Final = 10**12
UNKNOWN_REPORT: Final = define_fault(
    "unknown_report", "Đơn vị không lập báo cáo nào có mã này", "The unit writes no report with this code"
)
AGAINST: Final[Mapping[str, str]] = MappingProxyType(
    {
        state: define_fault(f"report_{state}", vi, en)
        for state, vi, en in (
            ("owed", "Báo cáo chưa lập: hãy lập bản nháp trước", "The report is not begun: begin its draft first"),
            ("submitted", "Báo cáo đã nộp", "The report is submitted"),
            ("accepted", "Báo cáo đã duyệt", "The report is accepted"),
            ("locked", "Báo cáo đã khóa", "The report is locked"),
            ("closed", "Kỳ báo cáo đã đóng", "The report's period is closed"),
            ("urgent", "Báo cáo đột xuất soạn cùng vụ việc", "An urgent report is drafted with its incident"),
        )
    }
)
# A fault of any other member is one of the value.
MEMBERS: Final = frozenset({"item", "cell", "denominator", "reason"})

define_fault("unknown_item", "Mẫu báo cáo không có chỉ tiêu này", "The form has no such indicator")
define_fault("unknown_cell", "Chỉ tiêu không phân tổ như vậy", "The indicator has no such breakdown")
define_fault("no_denominator", "Chỉ tỷ lệ mới có mẫu số", "Only a ratio has a denominator")
define_fault("ratio_has_two_parts", "Tỷ lệ cần cả tử số và mẫu số", "A ratio has two parts")
define_fault("denominator_is_zero", "Mẫu số là 0", "The denominator is 0")
define_fault("ratio_above_one", "Tử số không lớn hơn mẫu số", "The numerator is at most the denominator")
define_fault("not_yes_or_no", "Chỉ nhận 1 (có) hoặc 0 (không)", "1 is yes, 0 is no")
define_fault("too_many_units", "Nhiều nhất {limit} đơn vị", "At most {limit} units")
define_fault("reason_required", "Khác với số hệ thống tính thì cần nêu lý do", "It differs, so it needs a reason")


class ReportValues(Dataset):
    code = "report_values"
    label = Text("Số liệu báo cáo đang soạn", "Figures of reports in draft")
    keys = (("report", "item", "cell"),)
    has_school_year = False
    rights = ((Act.CREATE, Resource.REPORT),)
    is_revertible = True
    columns = Columns(
        (
            Column("report", Text("Mã báo cáo", "Report code"), Identifier(24), is_required=True),
            Column(
                "item",
                Text("Mã chỉ tiêu", "Indicator code"),
                Identifier(40),
                is_required=True,
                aliases=("Chỉ tiêu", "Mã số"),
            ),
            Column("cell", Text("Phân tổ", "Breakdown"), Words(200)),
            Column(
                "value",
                Text("Giá trị", "Value"),
                Whole(0, MOST),
                is_required=True,
                aliases=("Số liệu", "Tử số", "Kết quả"),
            ),
            Column("denominator", Text("Mẫu số", "Denominator"), Whole(0, MOST)),
            Column("reason", Text("Lý do khác số hệ thống", "Reason"), Words(500), aliases=("Lý do",)),
            Column("note", Text("Ghi chú", "Note"), Words(500)),
        )
    )
    example: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"report": "2027-AAAAA-AAAAA-A", "item": "N301", "value": "4", "note": "Theo sổ theo dõi (ví dụ)"}
    )

    @classmethod
    def keys_of(cls, values: Mapping[str, Value]) -> list[dict[str, str]]:
        """A row without a breakdown is of the total."""
        return [{"report": _report(values), "item": str(values["item"]), "cell": str(values.get("cell", ""))}]

    async def settle(self, terms: Terms, rows: Sequence[TypedRow]) -> list[Outcome]:
        service = TypedFigureService(self.work)
        codes = sorted({_report(row.values) for row in rows})
        reports = await service.own_reports(codes, for_update=terms.writes)
        drafts: dict[str, OpenDraft | str] = {}
        for code, report in reports.items():
            against = await service.state_against(report)
            drafts[code] = AGAINST[against] if against is not None else await service.open(report)
        settled = [self._settle(terms, service, drafts.get(_report(row.values), UNKNOWN_REPORT), row) for row in rows]
        await self.work.flush()
        return settled

    def _settle(self, terms: Terms, service: TypedFigureService, draft: OpenDraft | str, row: TypedRow) -> Outcome:
        if isinstance(draft, str):
            return Outcome.refused(row.number, Fault(draft, "report"))
        typed = _typed(row.values)
        if faults := service.faults(draft, typed):
            return Outcome.refused(row.number, *_faults(faults))
        exists, changes = service.has(draft, typed), not service.is_same(draft, typed)
        fate = fate_of(terms, exists=exists, changes=changes, is_edited=service.is_edited(draft, typed))
        if not terms.writes or fate not in {Fate.CREATED, Fate.UPDATED}:
            return Outcome(row.number, fate)
        figure_id, before = service.write(draft, typed)
        return Outcome(row.number, fate, record_id=figure_id, before=before)

    async def edited(self, record_ids: Collection[UUID], since: datetime) -> set[UUID]:  # noqa: ARG002 — it has no parts
        service = TypedFigureService(self.work)
        return {key for key in record_ids if await service.is_edited_since(key)}

    async def needed(self, changes: Sequence[Change]) -> set[UUID]:
        """A version that was submitted needs its figures."""
        service = TypedFigureService(self.work)
        return {change.record_id for change in changes if not await service.is_open(change.record_id)}

    async def revert(self, changes: Sequence[Change]) -> list[Reversal]:
        ends = list[Reversal]()
        for change in changes:
            is_back = await TypedFigureService(self.work).take_back(change.record_id, change.before)
            await self.work.flush()
            ends.append(Reversal.REVERSED if is_back else Reversal.FAILED)
        return ends


def _report(values: Mapping[str, Value]) -> str:
    return str(values["report"]).upper()


def _typed(values: Mapping[str, Value]) -> TypedFigure:
    def number(name: str) -> int | None:
        found = values.get(name)
        return found if isinstance(found, int) else None

    def text(name: str) -> str | None:
        found = values.get(name)
        return None if found is None else str(found)

    return TypedFigure(
        str(values["item"]),
        text("cell") or "",
        number("value") or 0,
        number("denominator"),
        text("reason"),
        text("note"),
    )


def _faults(found: Iterable[FieldFault]) -> Iterable[Fault]:
    """Each at the column of the member that it is about."""
    for each in found:
        member = each.pointer.rpartition("/")[2]
        limit = None if each.limit is None else int(each.limit)
        yield Fault(each.code, member if member in MEMBERS else "value", limit=limit)
