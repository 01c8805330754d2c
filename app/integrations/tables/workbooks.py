"""Workbooks as rows: read in a child process without keys, files or network, and within its limits.

One cell in the last column of a sheet makes the library take gigabytes, and abort the process without an exception.
"""

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import structlog

from app.integrations.children import Room, feed, running
from app.integrations.tables import faults
from app.integrations.tables.faults import TableError, define_fault
from app.integrations.tables.rows import MOST_COLUMNS

log = structlog.get_logger()
CHILD: Final = Path(__file__).with_name("workbook_child.py")
AT_ONCE: Final = 2
WAIT_S: Final = 20.0
DEADLINE_S: Final = 90.0
PIECE_BYTES: Final = 256 * 1024
MIB: Final = 1024 * 1024
# A workbook of some kilobytes may name one long text in every cell: what its rows take is bounded by its own size.
LEAST_ROWS_BYTES: Final = 32 * MIB
MOST_ROWS_BYTES: Final = 512 * MIB
MOST_GROWTH: Final = 100
WORKBOOK_UNREADABLE: Final = define_fault(
    "workbook_unreadable", "Không đọc được sổ tính", "The workbook cannot be read"
)
NO_SHEET: Final = define_fault("no_sheet", "Sổ tính không có trang nào hiện ra", "The workbook has no visible sheet")
WORKBOOK_TOO_LARGE: Final = define_fault(
    "workbook_too_large",
    "Sổ tính quá lớn khi mở ra; hãy lưu dạng CSV hoặc xóa vùng trống đã định dạng",
    "The workbook is too large when opened; save it as CSV, or clear empty cells that have a format",
)
STRAY_CELL: Final = define_fault(
    "stray_cell",
    "Có ô lạc nằm rất xa dưới bảng; hãy xóa các dòng trống và ô ấy",
    "A stray cell stands far below the table; delete it with the blank rows",
)
# The child's exit statuses; the signals of its limits are those of a workbook that is too large.
TOO_WIDE: Final = 3
FAULTS: Final = {4: WORKBOOK_UNREADABLE, 5: NO_SHEET, 6: WORKBOOK_TOO_LARGE, 7: STRAY_CELL}
STOPPED: Final = frozenset({-signal.SIGKILL, -signal.SIGXCPU, -signal.SIGABRT, -signal.SIGSEGV})


class WorkbookReader:
    """Opens at most two workbooks at a time: each needs memory for its cells."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._room = Room(at_once)

    async def rows(self, pieces: AsyncIterator[bytes], kind: str) -> AsyncIterator[bytes]:
        """The rows of the first sheet as lines of JSON, piece by piece.

        Raises TableError where the workbook is at fault, which may be after the first piece; `unavailable` (503) on
        overload.
        """
        async with self._room.place(WAIT_S), _running(kind) as child:
            fed = _Counted(pieces)
            await feed(child, fed.pieces())
            left = most_rows_bytes(fed.count)
            held = b""
            assert child.stdout is not None  # noqa: S101 — a pipe
            while piece := await child.stdout.read(PIECE_BYTES):
                left -= len(piece)
                if left < 0:
                    raise TableError(WORKBOOK_TOO_LARGE)
                if held:
                    yield held
                held = piece
            _check(await child.wait(), held)
            if held:
                yield held


def most_rows_bytes(size: int) -> int:
    """How many bytes the rows of a workbook of a size may take."""
    return min(max(LEAST_ROWS_BYTES, size * MOST_GROWTH), MOST_ROWS_BYTES)


class _Counted:
    """Counts the bytes that pass."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self.count = 0

    async def pieces(self) -> AsyncIterator[bytes]:
        async for piece in self._pieces:
            self.count += len(piece)
            yield piece


@asynccontextmanager
async def _running(kind: str) -> AsyncIterator[Process]:
    """A child, for as long as a workbook may take. Raises TableError where it takes longer."""
    async with running(CHILD, kind) as child:
        try:
            async with asyncio.timeout(DEADLINE_S):
                yield child
        except TimeoutError:
            raise TableError(WORKBOOK_TOO_LARGE) from None


def _check(status: int, output: bytes) -> None:
    if status == 0:
        return
    log.info("workbook_not_read", status=status)
    if status == TOO_WIDE:
        raise TableError(faults.TOO_MANY_COLUMNS, row=int(output), limit=MOST_COLUMNS)
    raise TableError(WORKBOOK_TOO_LARGE if status in STOPPED else FAULTS.get(status, WORKBOOK_UNREADABLE))
