"""The board as a table for a spreadsheet: who reported and when, for the paper to the People's Committee."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from io import StringIO
from typing import Final
from uuid import UUID

from app.core.text import plain_cell
from app.core.time import VIETNAM, local_date
from app.models.reports.boards import AWAITED, LATE, ON_TIME, OVERDUE, BoardRow
from app.schemas.reports.flow import REPORT_FLOW

BYTE_ORDER_MARK: Final = "\ufeff"
HEAD: Final = (
    *("Mã đơn vị", "Đơn vị", "Loại", "Nơi nhận báo cáo", "Hạn nộp", "Gia hạn đến", "Thời điểm nộp"),
    *("Tiến độ", "Trạng thái"),
)
TIMELINESS: Final = {ON_TIME: "Đúng hạn", LATE: "Trễ hạn", OVERDUE: "Quá hạn, chưa nộp", AWAITED: "Chưa đến hạn"}


def board_csv(rows: Iterable[BoardRow], names: Mapping[UUID, str], kinds: Mapping[str, str]) -> str:
    """The rows of the board as CSV (RFC 4180): in Vietnamese, local times, no formulas."""
    text = StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text)
    writer.writerow(HEAD)
    for row in rows:
        recipient = names.get(row.recipient_id, "") if row.recipient_id is not None else ""
        named = (row.unit_code or "", names.get(row.unit_id, ""), kinds.get(row.kind, row.kind), recipient)
        writer.writerow([plain_cell(cell) for cell in (*named, *_times(row))])
    return text.getvalue()


def _times(row: BoardRow) -> Iterator[str]:
    yield _day(local_date(row.due_at) if row.due_at is not None and row.extended_on is None else row.due_on)
    yield _day(row.extended_on)
    yield _moment(row.delivered_at)
    yield TIMELINESS[row.timeliness] if row.timeliness is not None else ""
    yield REPORT_FLOW.states[row.state][0]


def _day(value: date | None) -> str:
    return f"{value:%d/%m/%Y}" if value is not None else ""


def _moment(value: datetime | None) -> str:
    return f"{value.astimezone(VIETNAM):%d/%m/%Y %H:%M}" if value is not None else ""
