"""How a command of the client ends: a script branches on these numbers."""

from enum import IntEnum


class Exit(IntEnum):
    DONE = 0
    ROWS_REFUSED = 1
    USAGE = 2
    HELD = 3
    FILE_REFUSED = 4
    UNREACHED = 5
    NOT_ALLOWED = 6
    UNENDED = 7
    DEFECT = 70
    INTERRUPTED = 130


class ClientError(Exception):
    """Why a command ends early: a line in Vietnamese and English that quotes neither a cell nor a secret."""

    def __init__(self, code: Exit, vi: str, en: str) -> None:
        super().__init__(f"{vi} ({en})")
        self.code = code
