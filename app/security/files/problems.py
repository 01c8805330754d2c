"""How a file is refused for its content."""

from app.core.problems import Problem, ProblemType, Text, define
from app.security.files.contents import BY_MEDIA_TYPE, Found

FILE_NOT_TAKEN = define(
    "file_not_taken", 415, "Nội dung tệp thuộc loại không được nhận", "The content is of a kind that is not taken"
)
FILE_REFUSED = define("file_refused", 422, "Tệp hỏng hoặc không an toàn", "The file is damaged or not safe to keep")
NOT_A_TABLE = define(
    "not_a_table",
    415,
    "Tệp không phải bảng: chỉ nhận CSV, JSON Lines, XLSX và XLS",
    "The file is no table: CSV, JSON Lines, XLSX and XLS are taken",
)
ARCHIVE_UNSAFE = define(
    "archive_unsafe",
    422,
    "Tệp văn phòng có thành phần trỏ ra ngoài tệp, chứa tệp khác, bị mã hóa hoặc nén bất thường",
    "The office file has members that lie outside it, hold other files, are encrypted or are packed abnormally",
)
MACROS_REFUSED = define("macros_refused", 422, "Tệp văn phòng chứa macro", "The office file holds macros")


class UnsafeArchiveError(Exception):
    """The archive is unsafe to open; `problem` says so to the caller."""

    def __init__(self, reason: str, problem: ProblemType = ARCHIVE_UNSAFE) -> None:
        super().__init__(reason)
        self.problem = problem


def not_taken(found: Found) -> Problem:
    """Says what was found, and which media types are taken."""
    return FILE_NOT_TAKEN(
        Text(f"Tìm thấy: {found.text.vi}", f"Found: {found.text.en}"),
        headers={"Accept": ", ".join(BY_MEDIA_TYPE), "Connection": "close"},
        extra={"found": found.name},
    )
