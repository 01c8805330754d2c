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
from app.documents.reports.paper import EVIDENCE, KIND, Paper, coverage, paper, roman
from app.documents.spreadsheets import open_workbook
from app.schemas.reports.definitions import EvidenceItem, IndicatorItem, Measure, NarrativeItem, Section
from app.schemas.reports.snapshots import Snapshot, SnapshotFigure

Value: TypeAlias = str | int | float | date | None

LONGEST_NAME: Final = 31
# What a spreadsheet would read as the start of a formula.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
SECTION_HEADS: Final = (
    ("TT", 5), ("Mã", 8), ("Chỉ tiêu", 38), ("Phân tổ", 20), ("ĐVT", 10), ("Số liệu", 12), ("Tử số", 9),
    ("Mẫu số", 9), ("Năm trước", 11), ("Ghi chú", 30),
)  # fmt: skip
VALUE, PREVIOUS = 5, 8
FLAT_HEADS: Final = tuple(SnapshotFigure.model_fields)
FLAT_WIDTH: Final = 16
FONT: Final = {"font_name": "Times New Roman", "font_size": 11, "valign": "top"}
# In points; a taller row is no row of a spreadsheet.
LINE: Final = 15
TALLEST: Final = 409
MOST_FROZEN: Final = 6
# Letters of the body are narrower than the digit by which columns are measured.
NARROW: Final = 1.2


def render_xlsx(snapshot: Snapshot, edition: Edition) -> bytes:
    """The report as a workbook. Call it outside the event loop."""
    written = io.BytesIO()
    content = paper(snapshot, edition)
    book = open_workbook(written)
    book.set_properties(
        {"title": drawn(f"{KIND}: {content.abstract}"), "author": drawn(content.issuer),
         "created": datetime.combine(content.day, time(), UTC).replace(tzinfo=None)}
    )  # fmt: skip
    pages = Pages(book)
    _cover(pages, snapshot, content)
    for place, section in enumerate(snapshot.definition.sections, 1):
        _section(pages, f"{roman(place)} {section.code}", section, snapshot, content.footer)
    _flat(pages, snapshot, content.footer)
    book.close()
    return repacked(written.getvalue())


class Pages:
    """The sheets of a workbook, written line by line."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.head = self._format(
            border=1, text_wrap=True, bold=True, align="center", valign="vcenter", bg_color="#F0F0F0"
        )
        self.bold = self._format(text_wrap=True, bold=True)
        self.plain = self._format(text_wrap=True)
        self.cell = self._format(text_wrap=True, border=1)
        self.word = self._format(text_wrap=True, border=1, align="right")
        self.day = self._format(num_format="dd/mm/yyyy", border=1)
        self.whole = self._format(num_format="#,##0", border=1)
        self.by_measure = {
            Measure.COUNT: self.whole,
            Measure.RATIO: self._format(num_format="0.0%", border=1),
            Measure.DURATION: self._format(num_format="#,##0.0", border=1),
            Measure.YES_NO: self._format(num_format="0.0%", border=1),
        }

    def _format(self, **members: str | int | bool) -> Format:
        return self.book.add_format({**FONT, **members})

    def sheet(self, name: str, heads: Sequence[tuple[str, int]], footer: str, *, has_table: bool = True) -> "Page":
        """A sheet on A4 across, with its version and number under each page."""
        page = Page(self, self.book.add_worksheet(name[:LONGEST_NAME]), [width for _, width in heads])
        for place, (_, width) in enumerate(heads):
            page.sheet.set_column(place, place, width)
        page.sheet.set_landscape()
        page.sheet.set_paper(9)
        page.sheet.fit_to_pages(1, 0)
        page.sheet.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.8)
        page.sheet.set_footer(f"&L&9 {footer.replace('&', '&&')}&R&9 Trang &P/&N")
        if has_table:
            page.begin_table(heads)
        return page


class Page:
    def __init__(self, pages: Pages, sheet: Worksheet, widths: Sequence[int]) -> None:
        self.pages = pages
        self.sheet = sheet
        self.widths = widths
        self.at = 0

    def begin_table(self, heads: Sequence[tuple[str, int]]) -> None:
        """The heads stand over the table on each page; on the screen too, where little is above them."""
        self.sheet.repeat_rows(self.at)
        if self.at <= MOST_FROZEN:
            self.sheet.freeze_panes(self.at + 1, 0)
        self.line([head for head, _ in heads], self.pages.head)

    def line(self, values: Sequence[Value], how: Format | None = None, numbers: Format | None = None) -> None:
        """One row, as high as its longest text; `numbers` is the form of what the row says, not of its parts."""
        for place, value in enumerate(values):
            is_said = numbers is not None and place in {VALUE, PREVIOUS}
            written = self.pages.word if is_said else how or self.pages.cell
            self._write(place, value, written, numbers if numbers and is_said else self.pages.whole)
        self._heighten(max(map(_lines, values, self.widths)))

    def text(self, text: str, how: Format | None = None) -> None:
        """One text over the columns of a section."""
        self.sheet.merge_range(self.at, 0, self.at, len(self.widths) - 1, "", how or self.pages.plain)
        self.sheet.write_string(self.at, 0, defused(text), how or self.pages.plain)
        self._heighten(_lines(text, sum(self.widths)))

    def _heighten(self, lines: int) -> None:
        """A row whose height is not said is cut off by some programs."""
        self.sheet.set_row(self.at, min(TALLEST, LINE * lines))
        self.at += 1

    def _write(self, place: int, value: Value, how: Format, numbers: Format) -> None:
        if isinstance(value, str):
            self.sheet.write_string(self.at, place, defused(value), how)
        elif isinstance(value, date):
            self.sheet.write_datetime(self.at, place, datetime.combine(value, time()), self.pages.day)
        elif value is None:
            self.sheet.write_blank(self.at, place, None, how)
        else:
            self.sheet.write_number(self.at, place, value, numbers)


def _lines(value: Value, width: int) -> int:
    """How many lines a text takes in a column."""
    return -(-len(value) // int(width * NARROW)) if isinstance(value, str) and value else 1


def defused(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet, or one made of its copy, would read as a formula."""
    seen = drawn(text)
    return f"'{seen}" if seen.startswith(FORMULA) else seen


def _cover(pages: Pages, snapshot: Snapshot, content: Paper) -> None:
    page = pages.sheet("Thông tin", (("Mục", 28), ("Nội dung", 110)), content.footer)
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
        if value:
            page.line((label, value))


def _section(pages: Pages, name: str, section: Section, snapshot: Snapshot, footer: str) -> None:
    page = pages.sheet(name, SECTION_HEADS, footer, has_table=False)
    page.text(section.label_vi, pages.bold)
    place = 0
    for item in section.items:
        if isinstance(item, NarrativeItem):
            if item.label_vi != section.label_vi:
                page.text(item.label_vi, pages.bold)
            for paragraph in snapshot.narratives.get(item.code, "").splitlines():
                page.text(paragraph)
        elif isinstance(item, EvidenceItem):
            page.text(f"{item.label_vi}: {EVIDENCE}")
        elif isinstance(item, IndicatorItem) and figures.is_asked(item, snapshot):
            if not place:
                page.begin_table(SECTION_HEADS)
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
        page.line((*named, figures.unit(item, figure), *said), numbers=numbers)


def _value(item: IndicatorItem, figure: SnapshotFigure | None) -> Value:
    """A number for formulas, or the word that says why there is none."""
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
    if item.measure is Measure.YES_NO and denominator is None:
        return figures.number(item, numerator, None, figures.NONE)
    if item.measure in {Measure.RATIO, Measure.YES_NO} and denominator is not None:
        share = figures.percent(item, numerator, denominator)
        return float(share / 100) if share is not None else figures.NONE
    return numerator / figures.MINUTES if item.measure is Measure.DURATION else numerator


def _flat(pages: Pages, snapshot: Snapshot, footer: str) -> None:
    """Every figure as it is in the snapshot, for programs."""
    page = pages.sheet("Số liệu", [(head, FLAT_WIDTH) for head in FLAT_HEADS], footer)
    for figure in snapshot.figures:
        page.line([getattr(figure, head) for head in FLAT_HEADS])
