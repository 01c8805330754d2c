"""CSV, part by part: each call reads the complete rows of some bytes and says where the next part begins."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.integrations.tables import faults
from app.integrations.tables.decoding import Encoding, decoded
from app.integrations.tables.faults import Fault, TableError
from app.integrations.tables.rows import MOST_COLUMNS, Row, Window

DELIMITERS: Final = (",", ";", "\t")
# What one row may take: the greatest part that is read at once.
MOST_ROW_BYTES: Final = 512 * 1024
LONGEST_FIELD: Final = MOST_ROW_BYTES
UNEXPECTED_END: Final = "unexpected end of data"


@dataclass(frozen=True, slots=True)
class Dialect:
    encoding: Encoding
    delimiter: str

    def window(self, data: bytes, first: int, *, is_last: bool) -> Window:
        """The complete rows of `data`, numbered from `first`; of the last part all.

        Raises TableError for what makes the rest of the file unreadable, with the number of the row.
        """
        part = decoded(self.encoding, data, is_last=is_last)
        rows, used = self._rows(part.text, first, is_last=is_last and part.error is None)
        if part.error is not None:
            raise TableError(part.error, row=first + len(rows))
        if not rows and not is_last and len(data) >= MOST_ROW_BYTES:
            raise TableError(faults.ROW_TOO_LONG, row=first, limit=MOST_ROW_BYTES)
        return Window(rows, len(part.text[:used].encode(self.encoding.codec)))

    def length(self, data: bytes, rows: int, *, is_last: bool) -> int:
        """How many bytes the first rows take."""
        text = decoded(self.encoding, data, is_last=is_last).text
        ends = [end for _, _, end in _records(text, self.delimiter, is_last=is_last)]
        return len(text[: ends[rows - 1]].encode(self.encoding.codec))

    def _rows(self, text: str, first: int, *, is_last: bool) -> tuple[list[Row], int]:
        """The rows of a text, and how many of its characters they take."""
        rows: list[Row] = []
        used = 0
        for cells, fault, end in _records(text, self.delimiter, is_last=is_last):
            number = first + len(rows)
            if fault == faults.UNCLOSED_QUOTE:
                raise TableError(fault, row=number)
            if len(cells) > MOST_COLUMNS:
                raise TableError(faults.TOO_MANY_COLUMNS, row=number, limit=MOST_COLUMNS)
            rows.append(Row(number, cells, Fault(fault) if fault else None))
            used = end
        return rows, used


def _records(text: str, delimiter: str, *, is_last: bool) -> Iterator[tuple[list[str], str | None, int]]:
    """Each record, what is wrong with it, and where it ends. One that the text cuts is left to the next part."""
    lines = _Lines(text)
    # The module's limit is of the process: as long as the longest part, so that no reader meets another's.
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if UNEXPECTED_END not in str(error):
                yield [], faults.BAD_QUOTES, lines.end
                continue
            if is_last:
                yield [], faults.UNCLOSED_QUOTE, lines.end
            return
        if not lines.is_whole and not is_last:
            return
        yield cells, None, lines.end


class _Lines:
    """The lines of a text by any line break, and the end of the last one read."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self._length = len(text)
        self._last = ""
        self.end = 0

    @property
    def is_whole(self) -> bool:
        """Whether the last line surely ends where it does: a CR at the end of a part may be the half of a CRLF."""
        return self._last.endswith("\n") or (self._last.endswith("\r") and self.end < self._length)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self._last = self._lines.readline()
        if not self._last:
            raise StopIteration
        self.end += len(self._last)
        return self._last
