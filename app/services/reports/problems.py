"""How reports refuse a request."""

from app.core.problems import define

REPORT_INCOMPLETE = define(
    "report_incomplete",
    409,
    "Báo cáo còn lỗi hoặc còn mục bắt buộc chưa có: sửa, hoặc nộp với incomplete=true",
    "Errors are left, or required items are missing: mend them, or submit with incomplete=true",
)
REPORT_STALE = define(
    "report_stale",
    409,
    "Báo cáo cấp dưới hoặc sĩ số đã thay đổi sau lần tính gần nhất: tính lại số liệu trước khi nộp",
    "A report below or a roster count changed since the figures were counted: count anew before the submission",
)
VERSION_INCOMPLETE = define(
    "version_incomplete",
    409,
    "Bản nộp còn lỗi hoặc thiếu mục bắt buộc: trả lại để đơn vị bổ sung",
    "The version has errors or lacks required items: return it to its unit",
)
PERIOD_NOT_OVER = define(
    "period_not_over",
    409,
    "Kỳ báo cáo chưa kết thúc nên chưa nhận báo cáo",
    "The period is not over: no report of it is complete yet",
)
EXPLANATION_REQUIRED = define(
    "explanation_required",
    409,
    "Có quy tắc cần giải trình trước khi nộp, kể cả khi nộp thiếu",
    "A rule asks for an explanation before the submission, also of an incomplete report",
)
PERIOD_CLOSED = define("period_closed", 409, "Kỳ báo cáo chưa mở hoặc đã đóng", "The report period is not open")
PERIOD_RUNNING = define("period_running", 409, "Còn đơn vị trong hạn nộp", "A unit may still report in time")
UNIT_NOT_CLOSED = define(
    "unit_not_closed",
    409,
    "Đơn vị còn hoạt động thì tự báo cáo",
    "A unit that works on reports for itself",
)
URGENT_PERIOD = define(
    "urgent_period",
    409,
    "Kỳ báo cáo đột xuất tự mở theo vụ việc: không có đợt mở, đóng hay ngày đề nghị",
    "The period of urgent reports opens by itself: nobody opens or closes it, or asks for an earlier day",
)
ACTING_SIGNER_OVERLAPS = define(
    "acting_signer_overlaps",
    409,
    "Thời gian này đã có người được giao ký thay",
    "Somebody is named to sign in these days already",
)
DELIVERED = define(
    "report_delivered", 409, "Báo cáo đã nộp, không còn hạn để gia hạn", "The report is delivered: no due day is left"
)
REPORT_NOT_SUBMITTED = define(
    "report_not_submitted",
    409,
    "Báo cáo chưa nộp phiên bản này nên chưa có văn bản",
    "This version is not submitted yet: it has no document",
)
REPORT_ALREADY_ISSUED = define(
    "report_already_issued",
    409,
    "Phiên bản này đã có số và ký hiệu trong sổ văn thư",
    "This version has its number and symbol in the register already",
)
DOCUMENT_NUMBER_TAKEN = define(
    "document_number_taken",
    409,
    "Số này đã cấp cho văn bản khác của đơn vị trong năm",
    "The unit gave this number to another document of the year",
)
DISCLOSURE_NOT_DECIDED = define(
    "disclosure_not_decided",
    409,
    "Chưa quyết định ô số nhỏ nào phải ẩn trong bản công bố của phiên bản này",
    "What the form for the public hides is not decided yet for this version",
)
REPORT_HAS_ONE_ABOVE = define(
    "report_has_one_above",
    409,
    "Ô số nhỏ được quyết định một lần cho cả tỉnh, từ báo cáo của cấp cao nhất",
    "Small numbers are decided on once for the whole tree, from the report at its top",
)
URGENT_REPORT = define(
    "urgent_report",
    409,
    "Văn bản của báo cáo đột xuất nằm cùng vụ việc (/urgent-reports): soạn, nộp, đọc, in ở đó; không trả lại",
    "The text of an urgent report is with its incident (/urgent-reports), where it is drafted, submitted and printed;"
    " it is never returned",
)
