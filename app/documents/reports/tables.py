"""The tables of a report: indicators, rows by a code list, breakdowns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from app.core.vocabulary import Dimension
from app.documents.reports import figures
from app.schemas.reports.definitions import IndicatorItem, Section, TableItem, codes_of_cell
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


PREVIOUS: Final = Column("Năm trước", 25, "right")
INDICATOR_COLUMNS: Final = (
    Column("TT", 9, "center"),
    Column("Mã", 16),
    Column("Chỉ tiêu"),
    Column("ĐVT", 20, "center"),
    Column("Số liệu", 29, "right"),
    PREVIOUS,
    Column("Ghi chú", 22),
)
BREAKDOWN_COLUMNS: Final = (
    Column("Phân tổ"),
    Column("Số liệu", 36, "right"),
    PREVIOUS,
    Column("Ghi chú", 30),
)


def _columns(columns: tuple[Column, ...], snapshot: Snapshot) -> tuple[Column, ...]:
    """Without the year before, where the report has no figure of it."""
    has_previous = any(figure.previous_numerator is not None for figure in snapshot.figures)
    return tuple(column for column in columns if has_previous or column is not PREVIOUS)


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
    columns = _columns(INDICATOR_COLUMNS, snapshot)
    asked = [item for item in items if figures.is_asked(item, snapshot)]
    rows = []
    for place, item in enumerate(asked, 1):
        said = _said(item, known.get((item.code, "")), columns, notes)
        rows.append(Row((str(place), item.code, " ".join(item.label_vi.split()), *said)))
    return Table(caption, columns, tuple(rows), tuple(notes.under))


def _said(
    item: IndicatorItem, figure: SnapshotFigure | None, columns: tuple[Column, ...], notes: Notes
) -> tuple[str, ...]:
    """Unit of measure, value, that of the year before, and remarks."""
    before = (figures.previous(item, figure),) if PREVIOUS in columns else ()
    return (figures.unit(item, figure), figures.value(item, figure), *before, notes.beside(figures.notes(item, figure)))


def code_table(item: TableItem, snapshot: Snapshot) -> Iterator[Table]:
    """Rows by the codes of a list; more columns than a page takes stand in further tables, as many in each."""
    known, defined = by_cell(snapshot), snapshot.definition.indicators()
    columns = [defined[code] for code in item.columns if code in defined]
    labels = figures.labels_of(snapshot)
    if not (cells := _cells(snapshot, set(item.columns), {item.rows}, labels)):
        return
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
    labels, columns = figures.labels_of(snapshot), _columns(BREAKDOWN_COLUMNS, snapshot)
    for item in section.items:
        if isinstance(item, IndicatorItem):
            for dimensions in item.breakdowns:
                if len(dimensions) > 1 or (item.code, dimensions[0]) not in shown:
                    cells = _cells(snapshot, {item.code}, set(dimensions), labels)
                    broken_down = [(cell, known[item.code, cell]) for cell in cells]
                    rows += _breakdown(item, dimensions, broken_down, columns, notes, labels)
    return Table("", columns, tuple(rows), tuple(notes.under)) if rows else None


def _breakdown(
    item: IndicatorItem,
    dimensions: list[Dimension],
    cells: list[tuple[str, SnapshotFigure]],
    columns: tuple[Column, ...],
    notes: Notes,
    labels: figures.Labels,
) -> Iterator[Row]:
    if not cells:
        return
    by = ", ".join(figures.BROKEN_DOWN_BY[each] for each in dimensions)
    yield Row((f"{item.code}. {' '.join(item.label_vi.split())} ({item.unit_vi}) – theo {by}",), is_head=True)
    plain = item.model_copy(update={"note_vi": None, "target_percent": None})
    for cell, figure in cells:
        _, *said = _said(plain, figure, columns, notes)
        yield Row((figures.cell_label(cell, labels), *said))


def _cells(snapshot: Snapshot, items: set[str], dimensions: set[Dimension], labels: figures.Labels) -> list[str]:
    """The cells of which something is known, or hidden."""
    names = {dimension.value for dimension in dimensions}
    known = (f.cell for f in snapshot.figures if f.item in items and f.cell and f.status != "missing")
    return figures.in_order({cell for cell in known if set(codes_of_cell(cell)) == names}, labels)
