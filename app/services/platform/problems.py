"""Problems common to several areas."""

from app.core.problems import Problem, define, invalid

REQUEST_IN_PROGRESS = define(
    "request_in_progress", 409, "Yêu cầu cùng khóa đang được xử lý", "A request with this key is still being processed"
)
KEY_REUSED = define(
    "idempotency_key_reused",
    422,
    "Khóa chống lặp đã dùng cho nội dung khác",
    "The idempotency key was used for another request",
)
STORAGE_FULL = define("storage_full", 507, "Kho lưu trữ đã đầy", "There is no room left for files")


def unknown_unit(pointer: str) -> Problem:
    return invalid(pointer, "unknown_unit", "Không có đơn vị này", "There is no such unit")
