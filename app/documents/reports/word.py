"""A report as DOCX, to be edited and signed on paper; the same bytes from the same snapshot."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt
from docx.styles.style import ParagraphStyle
from docx.table import Table as WordTable
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from app.documents.letters import drawn
from app.documents.reports.archives import repacked
from app.documents.reports.issues import Edition
from app.documents.reports.paper import KIND, Block, Heading, Paper, Text, paper
from app.documents.reports.tables import Column, Row, Table
from app.schemas.reports.snapshots import Snapshot

FONT: Final = "Times New Roman"
BETWEEN_MARGINS_MM: Final = 165
LEFT_OF_HEAD_MM: Final = 70
ALIGNED: Final = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "both": WD_ALIGN_PARAGRAPH.JUSTIFY,
}
# Of a cell, on its left and right: 1 mm in twentieths of a point.
PADDING: Final = 57
GAP_PT: Final = 6
LONGEST_PROPERTY: Final = 200
LANGUAGE: Final = "vi-VN"
SHADE: Final = "F0F0F0"
NATIONAL_TITLE: Final = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO: Final = "Độc lập - Tự do - Hạnh phúc"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table and its cells by row, which the library would find anew each time."""

    table: WordTable
    cells: Sequence[Sequence[_Cell]]


def render_docx(snapshot: Snapshot, edition: Edition) -> bytes:
    """The report as a text document on A4. Call it outside the event loop."""

    content, document = paper(snapshot, edition), docx.Document()
    _page(document, content)
    _letterhead(document, content)
    _title(document, content)
    for block in content.body:
        _block(document, block)
    # A signature never stands alone on a page.
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    _signatures(document, content)
    if content.appendix:
        _line(document.add_paragraph(), "PHỤ LỤC", 14, "center", bold=True).paragraph_format.page_break_before = True
        _line(document.add_paragraph(), "Số liệu theo phân tổ", 14, "center", bold=True)
        for block in content.appendix:
            _block(document, block)
    _properties(document, content)
    written = io.BytesIO()
    document.save(written)
    return repacked(written.getvalue())


def _page(document: Document, content: Paper) -> None:
    """A4, the margins and fonts of Appendix I; the page number over every page but the first."""

    normal = document.styles["Normal"]
    if not isinstance(normal, ParagraphStyle):
        raise TypeError("the text has no style")
    normal.font.name, normal.font.size = FONT, Pt(13)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    normal.element.rPr.append(_element("w:lang", val=LANGUAGE))
    normal.paragraph_format.space_after = Pt(6)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    section.different_first_page_header_footer = True
    _field(_line(section.header.paragraphs[0], "", 13, "center"), "PAGE")
    for footer in (section.footer, section.first_page_footer):
        _line(footer.paragraphs[0], content.footer, 9)


def _letterhead(document: Document, content: Paper) -> None:
    (left, right), (number, place) = _grid(document, (LEFT_OF_HEAD_MM, BETWEEN_MARGINS_MM - LEFT_OF_HEAD_MM), 2).cells
    if content.superior:
        _line(left.paragraphs[0], content.superior.upper(), 12, "center")
        left.add_paragraph()
    _line(left.paragraphs[-1], content.issuer.upper(), 12, "center", bold=True)
    _line(right.paragraphs[0], NATIONAL_TITLE, 12, "center", bold=True)
    _line(right.add_paragraph(), MOTTO, 13, "center", bold=True)
    _rule(left.add_paragraph(), 22, LEFT_OF_HEAD_MM)
    _rule(right.add_paragraph(), 56, BETWEEN_MARGINS_MM - LEFT_OF_HEAD_MM)
    _line(number.paragraphs[0], content.number, 13, "center")
    _line(place.paragraphs[0], content.place_and_date, 13, "center", italic=True)


def _title(document: Document, content: Paper) -> None:
    _line(document.add_paragraph(), KIND, 14, "center", bold=True).paragraph_format.space_before = Pt(12)
    abstract = _line(document.add_paragraph(), content.abstract, 14, "center", bold=True)
    abstract.paragraph_format.space_after = Pt(0)
    _rule(document.add_paragraph(), 40, BETWEEN_MARGINS_MM)
    for each in content.subtitle:
        _line(document.add_paragraph(), each, 13, "center", italic=True)
    if content.addressee:
        _line(document.add_paragraph(), f"Kính gửi: {content.addressee}", 13, "center")


def _block(document: Document, block: Block) -> None:
    if isinstance(block, Table):
        _table(document, block)
    elif isinstance(block, Heading):
        heading = _line(document.add_paragraph(), block.text, 13, bold=True, italic=block.level > 1)
        heading.paragraph_format.keep_with_next = True
        heading.paragraph_format.space_before = Pt(10)
    else:
        _text(document, block)


def _text(document: Document, block: Text) -> None:

    for each in block.paragraphs:
        _line(document.add_paragraph(), each, 13, "both").paragraph_format.first_line_indent = Mm(10)


def _table(document: Document, block: Table) -> None:
    if block.caption:
        caption = _line(document.add_paragraph(), block.caption, 11, italic=True)
        caption.paragraph_format.keep_with_next = True
    grid = _grid(document, _widths(block.columns), len(block.rows) + 1, style="Table Grid")
    _aligned(grid.table)
    _repeated(grid.table)
    heads, *lines = grid.cells
    for column, cell in zip(block.columns, heads, strict=True):
        _line(cell.paragraphs[0], column.head, 11, "center", bold=True)
    for row, cells in zip(block.rows, lines, strict=True):
        _row(row, block.columns, cells)
    for place, note in enumerate(block.notes):
        _line(document.add_paragraph(), note, 10).paragraph_format.space_before = Pt(0 if place else 6)
    _gap(document.add_paragraph())


def _row(row: Row, columns: Sequence[Column], cells: Sequence[_Cell]) -> None:
    if row.is_head:
        whole = cells[0].merge(cells[-1])
        _shaded(whole)
        _line(whole.paragraphs[0], row.cells[0], 11, bold=True).paragraph_format.keep_with_next = True
        return
    for text, column, cell in zip(row.cells, columns, cells, strict=True):
        _line(cell.paragraphs[0], text, 11, column.align)


def _signatures(document: Document, content: Paper) -> None:
    document.add_paragraph().paragraph_format.keep_with_next = True
    left, right = _grid(document, (BETWEEN_MARGINS_MM // 2, BETWEEN_MARGINS_MM // 2), 1).cells[0]
    _line(left.paragraphs[0], "Nơi nhận:", 12, bold=True, italic=True)
    for each in content.recipients:
        _line(left.add_paragraph(), each, 11)
    for place, each in enumerate(content.signature):
        _line(right.add_paragraph() if place else right.paragraphs[0], each.upper(), 13, "center", bold=True)
    name = _line(right.add_paragraph(), content.signer, 13, "center", bold=True)
    name.paragraph_format.space_before = Pt(70)
    for paragraph in (*left.paragraphs, *right.paragraphs[:-1]):
        paragraph.paragraph_format.keep_with_next = True
    # A document ends with a paragraph, not with a table.
    _line(document.add_paragraph(), "", 1).paragraph_format.line_spacing = Pt(1)


def _properties(document: Document, content: Paper) -> None:
    day, properties = datetime.combine(content.day, time(), UTC), document.core_properties
    properties.created = properties.modified = day
    properties.author = properties.last_modified_by = drawn(content.issuer)[:LONGEST_PROPERTY]
    properties.title = drawn(f"{KIND}: {content.abstract}")[:LONGEST_PROPERTY]
    properties.comments, properties.language = "", LANGUAGE


def _line(
    paragraph: Paragraph, text: str, size: float, align: str = "left", *, bold: bool = False, italic: bool = False
) -> Paragraph:

    run = paragraph.add_run(drawn(text))
    run.font.size, run.bold, run.italic = Pt(size), bold, italic
    paragraph.alignment = ALIGNED[align]
    if size < 13:  # noqa: PLR2004 — letterheads, tables and notes are set tight
        paragraph.paragraph_format.space_after = Pt(0)
    return paragraph


def _widths(columns: Sequence[Column]) -> tuple[int, ...]:
    rest = BETWEEN_MARGINS_MM - sum(column.width_mm for column in columns)
    return tuple(column.width_mm or rest for column in columns)


def _grid(document: Document, widths_mm: Sequence[int], rows: int, style: str | None = None) -> Grid:
    table: WordTable = document.add_table(rows, len(widths_mm), style)
    table.autofit = False
    for place, width in enumerate(widths_mm):
        table.columns[place].width = Mm(width)
    cells = []
    for row in table.rows:
        row._tr.get_or_add_trPr().append(_element("w:cantSplit"))
        cells.append(row.cells)
        for width, cell in zip(widths_mm, row.cells, strict=True):
            cell.width = Mm(width)
    return Grid(table, cells)


def _aligned(table: WordTable) -> None:
    """The lines of a table stand on the margins of the text."""
    properties = table._tbl.tblPr
    padding = _element("w:tblCellMar")
    for side in ("left", "right"):
        padding.append(_element(f"w:{side}", w=str(PADDING), type="dxa"))
    properties.insert_element_before(padding, "w:tblLook", "w:tblCaption", "w:tblDescription")
    indent = _element("w:tblInd", w=str(PADDING), type="dxa")
    properties.insert_element_before(indent, "w:tblBorders", "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")


def _gap(paragraph: Paragraph) -> None:
    """An empty paragraph of a height of its own, whatever the size of its mark."""
    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.paragraph_format.line_spacing = Pt(GAP_PT)


def _repeated(table: WordTable) -> None:
    """The first row stands over the table on each of its pages."""
    table.rows[0]._tr.get_or_add_trPr().append(_element("w:tblHeader"))


def _shaded(cell: _Cell) -> None:
    cell._tc.get_or_add_tcPr().append(_element("w:shd", val="clear", color="auto", fill=SHADE))


def _rule(paragraph: Paragraph, width_mm: int, within_mm: int) -> None:
    """A short line in the middle, as under a motto and a title: an empty paragraph with a border."""
    _gap(paragraph)
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Mm((within_mm - width_mm) // 2)
    border = _element("w:pBdr")
    border.append(_element("w:top", val="single", sz="4", space="1", color="auto"))
    paragraph._p.get_or_add_pPr().insert_element_before(
        border, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _field(paragraph: Paragraph, instruction: str) -> None:
    """A field that the reader's program fills in, such as the number of the page."""
    for kind in ("begin", "end"):
        paragraph.add_run()._r.append(_element("w:fldChar", fldCharType=kind))
        if kind == "begin":
            text = _element("w:instrText")
            text.text = instruction
            paragraph.add_run()._r.append(text)


def _element(name: str, **attributes: str) -> BaseOxmlElement:
    element = OxmlElement(name)
    for attribute, value in attributes.items():
        element.set(qn(f"w:{attribute}"), value)
    return element
