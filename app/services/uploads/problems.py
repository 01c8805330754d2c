"""How uploads refuse a request."""

from app.core.problems import define

UPLOADS_RUNNING = define(
    "uploads_running",
    409,
    "Đơn vị đang có số lần tải lên tối đa chưa xong; hãy đợi hoặc hủy một lần",
    "The unit has as many uploads under way as it may have; wait or cancel one",
)
UPLOAD_FILE_GONE = define(
    "upload_file_gone",
    410,
    "Tệp tải lên đã bị xóa theo thời hạn lưu",
    "The uploaded file was deleted after its period",
)
WORKBOOK_REFUSED = define(
    "workbook_refused", 422, "Không đọc được bảng trong sổ tính", "The table in the workbook cannot be read"
)
NOT_REVERTIBLE = define(
    "not_revertible", 409, "Bộ dữ liệu này không hoàn tác được", "Uploads of this dataset cannot be reverted"
)
NO_SLIPS = define(
    "no_slips", 409, "Không có tài khoản nào chờ kích hoạt", "No account of the upload waits for activation"
)
REVERT_TOO_LATE = define(
    "revert_too_late", 409, "Đã quá thời hạn hoàn tác", "The time in which it can be reverted is over"
)
ERROR_WORKBOOK_TOO_LARGE = define(
    "error_workbook_too_large",
    409,
    "Quá nhiều dòng lỗi cho một sổ tính; hãy tải errors.csv",
    "Too many rows with errors for a workbook; fetch errors.csv",
)
