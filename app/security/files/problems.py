"""How a file is refused for its content."""

from app.core.problems import define

CONTENT_MISMATCH = define(
    "content_mismatch", 422, "Nội dung tệp không đúng kiểu đã khai", "The content is not of the declared type"
)
FILE_REFUSED = define("file_refused", 422, "Tệp hỏng hoặc không an toàn", "The file is damaged or not safe to keep")
