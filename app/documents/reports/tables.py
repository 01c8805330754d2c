"""The tables of a report: indicators, rows by a code list, breakdowns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from app.core.vocabulary import Dimension
from app.documents.reports import figures
from app.schemas.reports.definitions import IndicatorItem, Section, TableItem
from app.schemas.reports.snapshots import Snapshot, SnapshotFigure

SHORT_NOTE: Final = 40
COLUMNS_A_TABLE: Final = 5
WIDEST_MM: Final = 40
FOR_COLUMNS_MM: Final = 130


@dataclass(frozen=True, slots=True)
class Column:
    head: str
    # Of the 165 mm between the margins; 0 takes what the others leave.
    width_mm: int = 0
    align: Literal["left", "center", "right"] = "left"


@dataclass(frozen=True, slots=True)
class Row:
    cells: tuple[str, ...]
    # A line over the rows of one group, as wide as the table.
    is_head: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    kind: Literal["table"] = "table"


INDICATOR_COLUMNS: Final = (
    Column("TT", 9, "center"),
    Column("Mã", 17),
    Column("Chỉ tiêu"),
    Column("ĐVT", 18, "center"),
    Column("Số liệu", 27, "right"),
    Column("Năm trước", 25, "right"),
    Column("Ghi chú", 22),
)
BREAKDOWN_COLUMNS: Final = (
    Column("Phân tổ"),
    Column("Số liệu", 36, "right"),
    Column("Năm trước", 34, "right"),
    Column("Ghi chú", 30),
)


@dataclass(slots=True)
class Notes:
    """Remarks under a table: a short one stands in its cell, a long one is numbered."""

    under: list[str] = field(default_factory=list)

    def beside(self, said: list[str]) -> str:
        text = "; ".join(" ".join(each.split()).rstrip(".") for each in said)
        if len(text) <= SHORT_NOTE:
            return text
        self.under.append(f"({len(self.under) + 1}) {text}")
        return f"({len(self.under)})"


def by_cell(snapshot: Snapshot) -> dict[tuple[str, str], SnapshotFigure]:
    return {(figure.item, figure.cell): figure for figure in snapshot.figures}


def indicators(items: Sequence[IndicatorItem], snapshot: Snapshot, caption: str) -> Table:
    known, notes = by_cell(snapshot), Notes()
    rows = tuple(_indicator(place, item, known.get((item.code, "")), notes) for place, item in enumerate(items, 1))
    return Table(caption, INDICATOR_COLUMNS, rows, tuple(notes.under))


def _indicator(place: int, item: IndicatorItem, figure: SnapshotFigure | None, notes: Notes) -> Row:
    remark = notes.beside(figures.notes(item, figure))
    said = (figures.value(item, figure), figures.previous(item, figure), remark)
    return Row((str(place), item.code, " ".join(item.label_vi.split()), item.unit_vi, *said))


def code_table(item: TableItem, snapshot: Snapshot) -> Iterator[Table]:
    """Rows by the codes of a list; more columns than a page takes stand in further tables, as many in each."""
    known, defined = by_cell(snapshot), snapshot.definition.indicators()
    columns = [defined[code] for code in item.columns if code in defined]
    labels = figures.labels_of(snapshot)
    cells = _cells(snapshot, set(item.columns), {item.rows}, labels)
    width = -(-len(columns) // -(-len(columns) // COLUMNS_A_TABLE)) if columns else COLUMNS_A_TABLE
    for start in range(0, len(columns), width):
        some = columns[start : start + width]
        heads = (Column(figures.BROKEN_DOWN_BY[item.rows].capitalize()), *(_head(each, len(some)) for each in some))
        rows = [Row((figures.cell_label(c, labels), *_across(some, c, known))) for c in cells]
        total = Row(("Tổng số", *_across(some, "", known)))
        caption = " ".join(item.label_vi.split()) + (" (tiếp theo)" if start else "")
        yield Table(caption, heads, (*rows, total))


def _head(item: IndicatorItem, columns: int) -> Column:
    width = min(WIDEST_MM, FOR_COLUMNS_MM // columns)
    return Column(f"{item.code}. {' '.join(item.label_vi.split())} ({item.unit_vi})", width, "right")


def _across(columns: list[IndicatorItem], cell: str, known: dict[tuple[str, str], SnapshotFigure]) -> list[str]:
    return [figures.value(each, known.get((each.code, cell))) for each in columns]


def breakdowns(section: Section, snapshot: Snapshot) -> Table | None:
    """Every figure of the section by its dimensions, but those that a table of the section shows."""
    shown = {(code, item.rows) for item in section.items if isinstance(item, TableItem) for code in item.columns}
    known, notes, rows = by_cell(snapshot), Notes(), list[Row]()
    labels = figures.labels_of(snapshot)
    for item in section.items:
        if isinstance(item, IndicatorItem):
            for dimensions in item.breakdowns:
                if len(dimensions) > 1 or (item.code, dimensions[0]) not in shown:
                    cells = _cells(snapshot, {item.code}, set(dimensions), labels)
                    broken_down = [(cell, known[item.code, cell]) for cell in cells]
                    rows += _breakdown(item, dimensions, broken_down, notes, labels)
    return Table("", BREAKDOWN_COLUMNS, tuple(rows), tuple(notes.under)) if rows else None


def _breakdown(
    item: IndicatorItem,
    dimensions: list[Dimension],
    cells: list[tuple[str, SnapshotFigure]],
    notes: Notes,
    labels: figures.Labels,
) -> Iterator[Row]:
    if not cells:
        return
    by = ", ".join(figures.BROKEN_DOWN_BY[each] for each in dimensions)
    yield Row((f"{item.code}. {' '.join(item.label_vi.split())} ({item.unit_vi}) – theo {by}",), is_head=True)
    for cell, figure in cells:
        remark = notes.beside(figures.notes(item.model_copy(update={"note_vi": None, "target_percent": None}), figure))
        label = figures.cell_label(cell, labels)
        yield Row((label, figures.value(item, figure), figures.previous(item, figure), remark))


def _cells(snapshot: Snapshot, items: set[str], dimensions: set[Dimension], labels: figures.Labels) -> list[str]:
    names = {dimension.value for dimension in dimensions}
    cells = {f.cell for f in snapshot.figures if f.item in items and f.cell and set(figures.codes(f.cell)) == names}
    return figures.in_order(cells, labels)
