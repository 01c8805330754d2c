"""How reports refuse a request."""

from app.core.problems import define

REPORT_INCOMPLETE = define(
    "report_incomplete",
    409,
    "Báo cáo còn lỗi hoặc còn mục bắt buộc chưa có: sửa, hoặc nộp với incomplete=true",
    "Errors are left, or required items are missing: mend them, or submit with incomplete=true",
)
EXPLANATION_REQUIRED = define(
    "explanation_required",
    409,
    "Có quy tắc cần giải trình trước khi nộp",
    "A rule asks for an explanation before the submission",
)
PERIOD_CLOSED = define("period_closed", 409, "Kỳ báo cáo chưa mở hoặc đã đóng", "The report period is not open")
PERIOD_RUNNING = define("period_running", 409, "Còn đơn vị trong hạn nộp", "A unit may still report in time")
DELIVERED = define(
    "report_delivered", 409, "Báo cáo đã nộp, không còn hạn để gia hạn", "The report is delivered: no due day is left"
)
