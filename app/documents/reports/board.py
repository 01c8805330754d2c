"""The board as a table for a spreadsheet: who reported and when, for the paper to the People's Committee."""

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from app.core.time import local_date
from app.documents.tables import Head, render_table
from app.models.reports.boards import AWAITED, LATE, ON_TIME, OVERDUE, BoardRow
from app.schemas.reports.flow import REPORT_FLOW

TIMELINESS: Final = {ON_TIME: "Đúng hạn", LATE: "Trễ hạn", OVERDUE: "Quá hạn, chưa nộp", AWAITED: "Chưa đến hạn"}
STATES: Final = {state: label_vi for state, (label_vi, _) in REPORT_FLOW.states.items()}


def board_csv(rows: Iterable[BoardRow], names: Mapping[UUID, str], kinds: Mapping[str, str]) -> bytes:
    """The rows of the board as CSV (RFC 4180): in Vietnamese, local times, no formulas."""
    heads = (
        Head("unit_code", "Mã đơn vị"),
        Head("unit", "Đơn vị"),
        Head("kind", "Loại", kinds),
        Head("recipient", "Nơi nhận báo cáo"),
        Head("due_on", "Hạn nộp"),
        Head("extended_on", "Gia hạn đến"),
        Head("delivered_at", "Thời điểm nộp"),
        Head("timeliness", "Tiến độ", TIMELINESS),
        Head("state", "Trạng thái", STATES),
    )
    return render_table("csv", heads, [_cells(row, names) for row in rows])


def _cells(row: BoardRow, names: Mapping[UUID, str]) -> Mapping[str, object]:
    return {
        "unit_code": row.unit_code,
        "unit": names.get(row.unit_id),
        "kind": row.kind,
        "recipient": names.get(row.recipient_id) if row.recipient_id is not None else None,
        "due_on": local_date(row.due_at) if row.due_at is not None and row.extended_on is None else row.due_on,
        "extended_on": row.extended_on,
        "delivered_at": row.delivered_at,
        "timeliness": row.timeliness,
        "state": row.state,
    }
