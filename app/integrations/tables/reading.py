"""From the first bytes of a file to typed rows with every fault of every cell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.core.text import fold
from app.integrations.tables import faults
from app.integrations.tables.columns import Column, Columns
from app.integrations.tables.decoding import decoded, encoding_of
from app.integrations.tables.delimited import DELIMITERS, Dialect
from app.integrations.tables.faults import Fault, TableError
from app.integrations.tables.heads import DEEPEST_HEAD, NOTHING_CHOSEN, Chosen, Head, best_head, find_head
from app.integrations.tables.kinds import CellError, CodeOf, Lists, OneOf, Value
from app.integrations.tables.legacy import guess
from app.integrations.tables.rows import MOST_CELL_LENGTH, Cell, Row, is_blank_cell

NOTE: Final = "#"
# What people write below a head to say what belongs into the column.
HINTS: Final = frozenset(
    {
        *("bat buoc", "khong bat buoc", "tuy chon", "dd/mm/yyyy", "yyyy-mm-dd", "nam/nu", "nam hoac nu", "chu", "so"),
        *("van ban", "ngay", "required", "optional", "text", "number", "date"),
    }
)
MOST_CODES: Final = 1000
OF_GUESS: Final = {"tcvn3": faults.TCVN3_FILE, "vni": faults.VNI_FILE}


@dataclass(frozen=True, slots=True)
class TypedRow:
    """`values` has each declared column that is not empty; a row with faults lacks what they are about."""

    number: int
    values: Mapping[str, Value] = field(repr=False)
    faults: tuple[Fault, ...] = ()
    is_blank: bool = False
    is_note: bool = False


def find_dialect(head: bytes, columns: Columns, *, is_all: bool, chosen: Chosen = NOTHING_CHOSEN) -> Dialect:
    """The dialect of a CSV by its first bytes: the delimiter is the one by which most of the head is known.

    Raises TableError for a file that is no text.
    """
    encoding = encoding_of(head)
    data = head[encoding.mark :]
    part = decoded(encoding, data, is_last=is_all)
    if part.error is not None and not part.text:
        raise TableError(part.error, row=1)
    is_all = is_all and part.error is None
    dialects = [Dialect(encoding, delimiter) for delimiter in DELIMITERS]
    return max(dialects, key=lambda each: len(_places(part.text, each, columns, chosen, is_all=is_all)))


def find_table_head(rows: Sequence[Row], columns: Columns, chosen: Chosen = NOTHING_CHOSEN) -> Head:
    """As `find_head`; a table in an old font says so rather than that its head is unknown."""
    try:
        return find_head(rows, columns, chosen)
    except TableError:
        legacy = _legacy(rows)
        if legacy is not None:
            raise TableError(OF_GUESS[legacy]) from None
        raise


def _legacy(rows: Sequence[Row]) -> str | None:
    texts = (cell for row in rows[:DEEPEST_HEAD] for cell in row.cells if isinstance(cell, str))
    return next((found.legacy for text in texts if (found := guess(text))), None)


def _places(text: str, dialect: Dialect, columns: Columns, chosen: Chosen, *, is_all: bool) -> Mapping[int, str]:
    data = text.encode(dialect.encoding.codec)
    try:
        rows = dialect.window(data, 1, is_last=is_all).rows
    except TableError:
        return {}
    head = best_head(rows[:DEEPEST_HEAD], columns, chosen)
    return {} if head is None else head.places


class TypedRows:
    """Reads the rows below a head."""

    def __init__(self, head: Head, columns: Columns, lists: Lists) -> None:
        self._head = head
        self._lists = lists
        self._codes: dict[tuple[str, str], Value] = {}
        self._columns = [(at, columns.by_name[name]) for at, name in sorted(head.places.items())]
        self._width = max([*head.places, *head.unknown], default=0) + 1

    def read(self, row: Row) -> TypedRow:
        """The row with its values, or with every fault that it has."""
        if row.fault is not None:
            return TypedRow(row.number, {}, (row.fault,))
        if row.is_blank:
            return TypedRow(row.number, {}, is_blank=True)
        if self._is_note(row):
            return TypedRow(row.number, {}, is_note=True)
        values: dict[str, Value] = {}
        found = [*self._beyond(row)]
        for at, column in self._columns:
            fault = self._read_cell(row, at, column, values)
            if fault is not None:
                found.append(fault)
        return TypedRow(row.number, values, tuple(found))

    def _read_cell(self, row: Row, at: int, column: Column, values: dict[str, Value]) -> Fault | None:
        cell = row.cells[at] if at < len(row.cells) else None
        if is_blank_cell(cell):
            return Fault(faults.REQUIRED, column.name) if column.is_required else None
        if isinstance(cell, str) and len(cell) > MOST_CELL_LENGTH:
            return Fault(faults.CELL_TOO_LONG, column.name, MOST_CELL_LENGTH)
        try:
            values[column.name] = self._value(column, cell)
        except CellError as error:
            return Fault(error.code, column.name, error.limit, proposal=error.proposal)
        return None

    def _value(self, column: Column, cell: Cell) -> Value:
        """Raises CellError. The words of closed lists are few, and each is read once."""
        if not isinstance(cell, str) or not isinstance(column.kind, CodeOf | OneOf):
            return column.kind.read(cell, self._lists)
        known = self._codes.get((column.name, cell))
        if known is None:
            known = column.kind.read(cell, self._lists)
            if len(self._codes) < MOST_CODES:
                self._codes[column.name, cell] = known
        return known

    def _beyond(self, row: Row) -> Iterator[Fault]:
        """A value to the right of the head: a comma that parts a name, or half of another table."""
        if any(not is_blank_cell(cell) for cell in row.cells[self._width :]):
            yield Fault(faults.TOO_MANY_CELLS)

    def _is_note(self, row: Row) -> bool:
        """A row that explains the columns: marked with #, numbers of the columns, or words of explanation."""
        seen = (_as_shown(cell) for cell in row.cells if not is_blank_cell(cell))
        first = next(seen)
        is_plain = first[0].isascii() and first[0].isalnum()
        if not is_plain and fold(first).startswith(NOTE):
            return True
        if row.number != self._head.last + 1:
            return False
        said = [fold(text) for text in (first, *seen)]
        digits = [text.strip("()[]") for text in said]
        is_numbering = len(digits) > 1 and digits == [str(number) for number in range(1, len(digits) + 1)]
        return is_numbering or all(text in HINTS for text in digits)


def _as_shown(cell: Cell) -> str:
    """Every number of a workbook is a fraction: 1.0 is shown as 1."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
