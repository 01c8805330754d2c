"""A report as XLSX: a sheet for each section, and every figure with its two parts on one flat sheet."""

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Final, TypeAlias

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.documents.letters import drawn
from app.documents.reports import figures
from app.documents.reports.archives import repacked
from app.documents.reports.issues import Edition
from app.documents.reports.paper import KIND, Paper, coverage, paper, roman
from app.schemas.reports.definitions import IndicatorItem, Measure, NarrativeItem, Section
from app.schemas.reports.snapshots import Snapshot, SnapshotFigure

Value: TypeAlias = str | int | float | date | None

LONGEST_NAME: Final = 31
# What a spreadsheet would read as the start of a formula.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
SECTION_HEADS: Final = (
    ("TT", 6), ("Mã", 11), ("Chỉ tiêu", 56), ("Phân tổ", 30), ("ĐVT", 12), ("Số liệu", 16), ("Tử số", 10),
    ("Mẫu số", 10), ("Năm trước", 16), ("Ghi chú", 60),
)  # fmt: skip
FLAT_HEADS: Final = tuple(SnapshotFigure.model_fields)
FLAT_WIDTH: Final = 16
# In points; a taller row is no row of a spreadsheet.
LINE: Final = 15
TALLEST: Final = 409
LETTERS_A_LINE: Final = 180


def render_xlsx(snapshot: Snapshot, edition: Edition) -> bytes:
    """The report as a workbook. Call it outside the event loop."""
    written = io.BytesIO()
    content = paper(snapshot, edition)
    book = Workbook(written, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties(
        {"title": drawn(f"{KIND}: {content.abstract}"), "author": drawn(content.issuer),
         "created": datetime.combine(content.day, time(), UTC).replace(tzinfo=None)}
    )  # fmt: skip
    pages = Pages(book)
    _cover(pages, snapshot, content)
    for place, section in enumerate(snapshot.definition.sections, 1):
        _section(pages, f"{roman(place)} {section.code}", section, snapshot)
    _flat(pages, snapshot)
    book.close()
    return repacked(written.getvalue())


class Pages:
    """The sheets of a workbook, written line by line."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.head = book.add_format({"bold": True, "text_wrap": True, "border": 1, "bg_color": "#F0F0F0"})
        self.bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.plain = book.add_format({"text_wrap": True, "valign": "top"})
        self.day = book.add_format({"num_format": "dd/mm/yyyy"})
        self.by_measure = {
            Measure.COUNT: book.add_format({"num_format": "#,##0", "valign": "top"}),
            Measure.RATIO: book.add_format({"num_format": "0.0%", "valign": "top"}),
            Measure.DURATION: book.add_format({"num_format": "#,##0.0", "valign": "top"}),
            Measure.YES_NO: book.add_format({"num_format": "0", "valign": "top"}),
        }

    def sheet(self, name: str, heads: Sequence[tuple[str, int]]) -> "Page":
        page = Page(self, self.book.add_worksheet(name[:LONGEST_NAME]))
        for place, (_, width) in enumerate(heads):
            page.sheet.set_column(place, place, width)
        page.sheet.set_landscape()
        page.sheet.set_paper(9)
        page.sheet.fit_to_pages(1, 0)
        page.sheet.repeat_rows(0)
        page.sheet.freeze_panes(1, 0)
        page.line([head for head, _ in heads], self.head)
        return page


class Page:
    def __init__(self, pages: Pages, sheet: Worksheet) -> None:
        self.pages = pages
        self.sheet = sheet
        self.at = 0

    def line(self, values: Sequence[Value], how: Format | None = None, numbers: Format | None = None) -> None:
        for place, value in enumerate(values):
            self._write(place, value, how or self.pages.plain, numbers)
        self.at += 1

    def text(self, text: str, how: Format | None = None) -> None:
        """One text over the columns of a section."""
        self.sheet.merge_range(self.at, 0, self.at, len(SECTION_HEADS) - 1, "", how or self.pages.plain)
        self.sheet.write_string(self.at, 0, defused(text), how or self.pages.plain)
        self.sheet.set_row(self.at, min(TALLEST, LINE * (1 + len(text) // LETTERS_A_LINE)))
        self.at += 1

    def _write(self, place: int, value: Value, how: Format, numbers: Format | None) -> None:
        if isinstance(value, str):
            self.sheet.write_string(self.at, place, defused(value), how)
        elif isinstance(value, date):
            self.sheet.write_datetime(self.at, place, datetime.combine(value, time()), self.pages.day)
        elif value is not None:
            self.sheet.write_number(self.at, place, value, numbers or how)


def defused(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet, or one made of its copy, would read as a formula."""
    seen = drawn(text)
    return f"'{seen}" if seen.startswith(FORMULA) else seen


def _cover(pages: Pages, snapshot: Snapshot, content: Paper) -> None:
    page = pages.sheet("Thông tin", (("Mục", 28), ("Nội dung", 90)))
    known: list[tuple[str, Value]] = [
        ("Cơ quan chủ quản", content.superior),
        ("Đơn vị báo cáo", content.issuer),
        ("Số, ký hiệu", content.number),
        ("Địa danh, ngày", content.place_and_date),
        ("Trích yếu", content.abstract),
        *(("", each) for each in content.subtitle),
        ("Nơi nhận báo cáo", content.addressee),
        ("Mức độ đầy đủ", coverage(snapshot)),
        ("Người ký", " – ".join((*content.signature, content.signer))),
        ("Mã, phiên bản, mã kiểm tra", content.footer),
        *(
            ("Giải trình số liệu", f"{rule.text_vi} – {rule.explanation or ''}")
            for rule in snapshot.broken_rules
            if rule.strength != "warning"
        ),
    ]
    for label, value in known:
        page.line((label, value))


def _section(pages: Pages, name: str, section: Section, snapshot: Snapshot) -> None:
    page = pages.sheet(name, SECTION_HEADS)
    page.text(section.label_vi, pages.bold)
    place = 0
    for item in section.items:
        if isinstance(item, NarrativeItem):
            page.text(item.label_vi, pages.bold)
            for paragraph in snapshot.narratives.get(item.code, "").splitlines():
                page.text(paragraph)
        elif isinstance(item, IndicatorItem):
            place += 1
            _indicator(page, place, item, snapshot)


def _indicator(page: Page, place: int, item: IndicatorItem, snapshot: Snapshot) -> None:
    """The total, then each cell of each breakdown."""
    known = {figure.cell: figure for figure in snapshot.figures if figure.item == item.code}
    numbers, labels = page.pages.by_measure[item.measure], figures.labels_of(snapshot)
    for cell in ("", *figures.in_order([cell for cell in known if cell], labels)):
        figure = known.get(cell)
        label = figures.cell_label(cell, labels)
        named: tuple[Value, ...] = ("", item.code, "", label) if cell else (place, item.code, item.label_vi, "")
        parts = (figure.numerator, figure.denominator) if figure else (None, None)
        told = "; ".join(figures.notes(item, figure)) if not cell or figure else ""
        said = (_value(item, figure), *parts, _previous(item, figure), told)
        page.line((*named, item.unit_vi, *said), page.pages.plain, numbers)


def _value(item: IndicatorItem, figure: SnapshotFigure | None) -> Value:
    """A number to reckon with, or the word that says why there is none."""
    if figure is None or figure.status in figures.WITHOUT_NUMBER:
        return figures.value(item, figure)
    known = _number(item, figure.numerator, figure.denominator)
    return figures.value(item, figure) if known is None else known


def _previous(item: IndicatorItem, figure: SnapshotFigure | None) -> Value:
    if figure is None or figure.previous_numerator is None:
        return figures.NONE
    return _number(item, figure.previous_numerator, figure.previous_denominator)


def _number(item: IndicatorItem, numerator: int | None, denominator: int | None) -> Value:
    if numerator is None:
        return None
    if item.measure is Measure.RATIO and denominator is not None:
        share = figures.percent(item, numerator, denominator)
        return float(share / 100) if share is not None else figures.NONE
    return numerator / figures.MINUTES if item.measure is Measure.DURATION else numerator


def _flat(pages: Pages, snapshot: Snapshot) -> None:
    """Every figure as it is in the snapshot, for programs."""
    page = pages.sheet("Số liệu", [(head, FLAT_WIDTH) for head in FLAT_HEADS])
    for figure in snapshot.figures:
        page.line([getattr(figure, head) for head in FLAT_HEADS])
