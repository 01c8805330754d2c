"""A list as CSV, XLSX or JSON Lines. Nothing of it is a formula, and nothing of it touches a disk."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from app.core.text import plain_cell
from app.core.time import VIETNAM
from app.documents.spreadsheets import open_workbook

MARK: Final = "\ufeff"
YES, NO = "Có", "Không"
WIDTH: Final = 18
DAY, MOMENT = "%d/%m/%Y", "%d/%m/%Y %H:%M"


@dataclass(frozen=True, slots=True)
class Head:
    """A column: its name for programs, its head for people, and the labels of its codes."""

    name: str
    text: str
    labels: Mapping[str, str] | None = None


def render_table(kind: str, heads: Sequence[Head], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The document. Call it outside the event loop."""
    return {"csv": _csv, "xlsx": _xlsx, "jsonl": _json_lines}[kind](heads, rows)


def _csv(heads: Sequence[Head], rows: Sequence[Mapping[str, Any]]) -> bytes:
    text = io.StringIO()
    text.write(MARK)
    writer = csv.writer(text)
    writer.writerow([head.text for head in heads])
    writer.writerows([_shown(head, row[head.name]) for head in heads] for row in rows)
    return text.getvalue().encode()


def _xlsx(heads: Sequence[Head], rows: Sequence[Mapping[str, Any]]) -> bytes:
    written = io.BytesIO()
    book = open_workbook(written)
    sheet = book.add_worksheet()
    sheet.set_column(0, max(len(heads) - 1, 0), WIDTH)
    sheet.freeze_panes(1, 0)
    bold = book.add_format({"bold": True})
    for at, head in enumerate(heads):
        sheet.write_string(0, at, head.text, bold)
    for number, row in enumerate(rows, 1):
        for at, head in enumerate(heads):
            value = row[head.name]
            if isinstance(value, int) and not isinstance(value, bool):
                sheet.write_number(number, at, value)
            elif value is not None:
                sheet.write_string(number, at, _shown(head, value))
    book.close()
    return written.getvalue()


def _json_lines(heads: Sequence[Head], rows: Sequence[Mapping[str, Any]]) -> bytes:
    lines = ({head.name: _plain(row[head.name]) for head in heads} for row in rows)
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines).encode()


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _shown(head: Head, value: object) -> str:
    """What people read: a label in place of a code, days as they are written here."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, datetime):
        return value.astimezone(VIETNAM).strftime(MOMENT)
    if isinstance(value, date):
        return value.strftime(DAY)
    text = str(value)
    return plain_cell(head.labels.get(text, text) if head.labels else text)
