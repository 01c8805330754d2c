"""How a file is refused for its content."""

from app.core.problems import define

CONTENT_MISMATCH = define(
    "content_mismatch", 422, "Nội dung tệp không đúng kiểu đã khai", "The content is not of the declared type"
)
FILE_REFUSED = define("file_refused", 422, "Tệp hỏng hoặc không an toàn", "The file is damaged or not safe to keep")
ARCHIVE_UNSAFE = define(
    "archive_unsafe",
    422,
    "Tệp văn phòng có thành phần trỏ ra ngoài tệp, chứa tệp khác, bị mã hóa hoặc nén bất thường",
    "The office file has members that lie outside it, hold other files, are encrypted or are packed abnormally",
)
MACROS_REFUSED = define("macros_refused", 422, "Tệp văn phòng chứa macro", "The office file holds macros")
