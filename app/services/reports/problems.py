"""How reports refuse a request."""

from app.core.problems import define

REPORT_INCOMPLETE = define(
    "report_incomplete",
    409,
    "Báo cáo còn lỗi hoặc còn mục bắt buộc chưa có: sửa, hoặc nộp với incomplete=true",
    "Errors are left, or required items are missing: mend them, or submit with incomplete=true",
)
NIL_CONTRADICTED = define(
    "nil_contradicted",
    409,
    "Đơn vị có số liệu khác 0 trong kỳ nên không thể xác nhận không phát sinh",
    "The unit has figures above zero in the period, so it cannot declare that nothing happened",
)
EXPLANATION_REQUIRED = define(
    "explanation_required",
    409,
    "Có quy tắc cần giải trình trước khi nộp",
    "A rule asks for an explanation before the submission",
)
