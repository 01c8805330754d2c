"""What somebody asks for on the command line. It loads no library: the help of other commands does not wait."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from app.client.exits import ClientError, Exit

MEDIA_TYPES: Final = {
    ".csv": "text/csv",
    ".jsonl": "application/jsonl",
    ".ndjson": "application/jsonl",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xls": "application/vnd.ms-excel",
}
LINES: Final = "application/jsonl"
ANY: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for with a file; None and False are left to the server."""

    file: Path
    dataset: str
    school_year: str | None = None
    policy: str | None = None
    mode: str | None = None
    dry_run: bool = False
    overwrite_edited: bool = False
    mapping: tuple[str, ...] = ()

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES.get(self.file.suffix.lower(), ANY)

    @property
    def params(self) -> dict[str, Any]:
        given = {
            "dataset": self.dataset,
            "school_year": self.school_year,
            "policy": self.policy,
            "mode": self.mode,
            "dry_run": self.dry_run or None,
            "overwrite_edited": self.overwrite_edited or None,
            "mapping": list(self.mapping) or None,
            "format": "jsonl" if self.media_type == LINES else None,
        }
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Login:
    """The server, and who signs in there: a token, or a client that asks for one."""

    address: str
    token: str | None = field(default=None, repr=False)
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait for the end, if at all, and how long a lost line or a busy server is tried again."""

    waits: bool = True
    timeout_s: float = 3600.0
    patience_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Output:
    """What is written beside the summary: the refused rows to a file, the upload as JSON."""

    errors: Path | None = None
    is_json: bool = False


def check_file(file: Path) -> None:
    """Raises ClientError for what is no file that can be read."""
    if not (file.is_file() and os.access(file, os.R_OK)):
        raise ClientError(Exit.USAGE, "Không đọc được tệp", "The file cannot be read")
