"""A separate program: reads a workbook from standard input, writes the rows of its first sheet to standard output.

Each row is a line of JSON: its number and its cells. It has an empty environment. From the first byte on it cannot open
files or sockets, nor exceed its memory and time limits. It must not import modules of this project. Its exit status
says why there are no rows; with TOO_WIDE the output is the row of the cell that lies too far to the right.
"""

import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from importlib import import_module
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

MEMORY_BYTES = 640 * 1024 * 1024
CPU_S = 60
TOO_WIDE, UNREADABLE, NO_SHEET, NO_MEMORY, FAR_BELOW = 3, 4, 5, 6, 7
# More blank rows in succession are no part of a table: a stray cell stands below them.
MOST_BLANK = 100_000
# Beyond the 400th column, OJ: one cell there makes the reader take memory for a whole sheet.
FAR_CELL = re.compile(rb'<(?:\w+:)?c [^>]*?r="(?:[A-Z]{3}|[P-Z][A-Z]|O[K-Z])([0-9]{1,7})"')
# A cell that names a shared text by anything but a number: the reader would show the first text for it.
WRONG_TEXT = re.compile(
    rb"<(?:\w+:)?c [^>]*?t=[\"']s[\"'][^>]*>(?:\s*<(?:\w+:)?f[^<]*(?:</(?:\w+:)?f>)?)?"
    rb"\s*<(?:\w+:)?v(?: [^>]*)?>\s*[0-9]*[^0-9\s<]"
)
STEP_BYTES = 256 * 1024
LONGEST_TAG = 512
# What the reader of archives imports as it goes along: after `confine` no file can be opened.
LATE = ("encodings.cp437", "encodings.ascii", "encodings.latin_1")
SHEETS = "xl/worksheets/"
MIDNIGHT = time()


def confine() -> None:
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def far_row(content: bytes) -> int | None:
    """The row of a cell too far to the right, in any sheet of an .xlsx. Raises ValueError for a text that is none."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.startswith(SHEETS) and name.endswith(".xml"):
                with archive.open(name) as part:
                    found = _far_row(part)
                if found is not None:
                    return found
    return None


def _far_row(part: Any) -> int | None:  # noqa: ANN401 — a member of an archive
    carried = b""
    while step := part.read(STEP_BYTES):
        read = carried + step
        if found := FAR_CELL.search(read):
            return int(found[1])
        if WRONG_TEXT.search(read):
            raise ValueError
        carried = step[-LONGEST_TAG:]
    return None


def rows(content: bytes) -> Iterator[list[Any]]:
    """The cells of each row of the first sheet that people see. Raises LookupError without one."""
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for sheet in workbook.sheets_metadata:
        if sheet.typ is SheetTypeEnum.WorkSheet and sheet.visible is SheetVisibleEnum.Visible:
            yield from workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            return
    raise LookupError


def plain(cell: object) -> object:
    """A cell as JSON has it; a day and a moment are marked."""
    if isinstance(cell, datetime):
        return {"day": cell.date().isoformat()} if cell.time() == MIDNIGHT else cell.isoformat(" ")
    if isinstance(cell, date):
        return {"day": cell.isoformat()}
    if isinstance(cell, time | timedelta):
        return str(cell)
    return cell


def write(content: bytes) -> bool:
    """The rows up to the last with anything in it; whether none of them is a stray one far below the others."""
    waiting = list[str]()
    for number, cells in enumerate(rows(content), 1):
        while cells and cells[-1] == "":
            cells.pop()
        waiting.append(json.dumps([number, [plain(cell) for cell in cells]], ensure_ascii=False))
        if cells:
            if len(waiting) > MOST_BLANK:
                return False
            sys.stdout.write("\n".join(waiting) + "\n")
            waiting.clear()
    return True


def main() -> int:
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    for module in LATE:
        import_module(module)
    confine()
    content = sys.stdin.buffer.read()
    try:
        if sys.argv[1] == "xlsx" and (row := far_row(content)) is not None:
            sys.stdout.write(str(row))
            return TOO_WIDE
        return 0 if write(content) else FAR_BELOW
    except LookupError:
        return NO_SHEET
    except MemoryError:
        return NO_MEMORY
    except (CalamineError, zipfile.BadZipFile, ValueError, OSError, OverflowError):
        return UNREADABLE
    except BaseException as error:
        # The library panics without an exception of its own where an object finds no memory.
        if "pointer is null" in str(error):
            return NO_MEMORY
        raise


if __name__ == "__main__":
    sys.exit(main())
