"""Every way in which the API says no: RFC 9457 problems with a stable code, in Vietnamese and English.

The catalogue is served at each problem's `type`. No problem ever repeats what the caller sent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Language = Literal["vi", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    vi: str
    en: str

    def in_(self, language: Language) -> str:
        return self.vi if language == "vi" else self.en


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One wrong place in the request: an RFC 6901 pointer (or a parameter's name), a code, a text."""

    pointer: str
    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class ProblemType:
    code: str
    status: int
    title: Text

    def __call__(
        self,
        detail: Text | None = None,
        *,
        faults: Iterable[FieldFault] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> "Problem":
        return Problem(self, detail, tuple(faults), dict(headers or {}), dict(extra or {}))


@dataclass(eq=False)
class Problem(Exception):  # noqa: N818 — RFC 9457's word
    type: ProblemType
    detail: Text | None = None
    faults: tuple[FieldFault, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.type.code


CATALOGUE: dict[str, ProblemType] = {}


def _define(code: str, status: int, vi: str, en: str) -> ProblemType:
    CATALOGUE[code] = ProblemType(code, status, Text(vi, en))
    return CATALOGUE[code]


BAD_REQUEST = _define("bad_request", 400, "Yêu cầu không đọc được", "The request cannot be read")
MALFORMED_JSON = _define("malformed_json", 400, "Nội dung JSON không hợp lệ", "The body is not valid JSON")
BAD_CURSOR = _define(
    "bad_cursor",
    400,
    "Con trỏ trang không hợp lệ hoặc không thuộc bộ lọc này",
    "The cursor is invalid or belongs to other filters",
)
BAD_HEADER = _define("bad_header", 400, "Một tiêu đề của yêu cầu không hợp lệ", "A request header is not valid")
NOT_SIGNED_IN = _define("not_signed_in", 401, "Cần đăng nhập", "Sign in first")
BAD_TOKEN = _define(
    "bad_token", 401, "Phiên đăng nhập không còn hiệu lực", "The access token is not valid or no longer valid"
)
BAD_CREDENTIALS = _define("bad_credentials", 401, "Thông tin đăng nhập không đúng", "The credentials are not right")
OTP_REQUIRED = _define("otp_required", 401, "Cần mã xác thực một lần", "A one-time code is required")
FORBIDDEN = _define("forbidden", 403, "Vai trò của bạn không được làm việc này", "Your role may not do this")
PASSWORD_CHANGE_REQUIRED = _define(
    "password_change_required", 403, "Phải đổi mật khẩu lần đầu trước", "Change the first password before anything else"
)
TOTP_ENROLMENT_REQUIRED = _define(
    "totp_enrolment_required", 403, "Phải bật xác thực hai bước trước", "Enrol a second factor before anything else"
)
NOT_FOUND = _define("not_found", 404, "Không tìm thấy", "Not found")
METHOD_NOT_ALLOWED = _define(
    "method_not_allowed", 405, "Phương thức không được hỗ trợ", "The method is not allowed here"
)
BODY_TIMEOUT = _define("body_timeout", 408, "Gửi nội dung quá lâu", "The body took too long to arrive")
CONFLICT = _define("conflict", 409, "Xung đột với dữ liệu đang có", "It conflicts with what is there")
DUPLICATE = _define("duplicate", 409, "Đã có bản ghi như vậy", "There is such a record already")
WRONG_STATE = _define(
    "wrong_state", 409, "Trạng thái hiện tại không cho phép bước này", "The present state does not allow this step"
)
OPEN_CASES = _define(
    "open_cases",
    409,
    "Còn hồ sơ trẻ chưa kết thúc: hãy kết thúc từng hồ sơ trước",
    "A child's case is still open: close each case first",
)
CASE_OWED = _define(
    "case_owed",
    409,
    "Nạn nhân dưới 18 tuổi chưa có hồ sơ đã kết thúc theo kế hoạch được phê duyệt, hoặc chưa nêu nạn nhân nào: hãy lập"
    " hồ sơ, hoặc để cấp trên kết thúc và nêu without_case",
    "A victim under 18 has no case closed by an approved plan, or no victim is named: open one, or have the level above"
    " close it and name without_case",
)
NOT_JUDGED = _define(
    "not_judged", 409, "Chưa đánh giá mức độ: hãy đánh giá trước", "Nobody judged the severity yet: judge it first"
)
RISK_HIGH = _define(
    "risk_high",
    409,
    "Lần đánh giá gần nhất cho thấy nguy cơ còn cao: hãy tiếp tục kế hoạch và rà soát lại",
    "By the latest assessment the risk is high: the plan goes on, and is reviewed again",
)
PLAN_OWED = _define(
    "plan_owed",
    409,
    "Chưa có kế hoạch được phê duyệt trong đợt này",
    "No plan was approved in the present cycle",
)
MERGED = _define(
    "merged",
    409,
    "Vụ việc này đã được gộp: hãy ghi tiếp vào vụ việc còn lại",
    "This incident was merged: go on in the one that stands for both",
)
MERGE_STANDS = _define(
    "merge_stands",
    409,
    "Không tách được: đơn vị giữ trước đây không còn hoạt động",
    "It cannot be undone: a unit that held an incident before is closed",
)
DESTROYED = _define(
    "destroyed",
    409,
    "Nội dung đã bị hủy theo thời hạn lưu giữ: không ghi thêm được",
    "The content was destroyed as its retention ordered: nothing can be written to it",
)
HELD = _define(
    "held",
    409,
    "Hồ sơ đang được lưu giữ theo yêu cầu pháp lý: chưa được hủy",
    "A legal hold lies on the record: it cannot be destroyed",
)
KEPT_BY_LAW = _define(
    "kept_by_law",
    409,
    "Chưa hết thời hạn lưu giữ tối thiểu theo luật",
    "The least period that the law orders is not over",
)
REQUEST_IN_PROGRESS = _define(
    "request_in_progress", 409, "Yêu cầu cùng khóa đang được xử lý", "A request with this key is still being processed"
)
STALE = _define("stale", 412, "Bản ghi đã được người khác sửa", "Somebody changed the record since you read it")
BODY_TOO_LARGE = _define("body_too_large", 413, "Nội dung quá lớn", "The body is too large")
URI_TOO_LONG = _define("uri_too_long", 414, "Địa chỉ quá dài", "The address is too long")
UNSUPPORTED_MEDIA_TYPE = _define(
    "unsupported_media_type", 415, "Kiểu nội dung không được hỗ trợ", "The content type is not supported here"
)
RANGE_NOT_SATISFIABLE = _define(
    "range_not_satisfiable", 416, "Tệp không có đoạn được yêu cầu", "The file has no such range"
)
CONTENT_MISMATCH = _define(
    "content_mismatch", 422, "Nội dung tệp không đúng kiểu đã khai", "The content is not of the declared type"
)
FILE_REFUSED = _define("file_refused", 422, "Tệp hỏng hoặc không an toàn", "The file is damaged or not safe to keep")
ATTACHMENTS_FULL = _define(
    "attachments_full",
    409,
    "Vụ việc đã đủ số tệp hoặc dung lượng đính kèm",
    "The incident has all the files, or bytes, that it may have",
)
INVALID = _define("invalid", 422, "Dữ liệu chưa hợp lệ", "The data is not valid")
KEY_REUSED = _define(
    "idempotency_key_reused",
    422,
    "Khóa chống lặp đã dùng cho nội dung khác",
    "The idempotency key was used for another request",
)
PRECONDITION_REQUIRED = _define(
    "precondition_required", 428, "Thiếu tiêu đề If-Match", "The If-Match header is required"
)
TOO_MANY_REQUESTS = _define(
    "too_many_requests", 429, "Quá nhiều yêu cầu, hãy thử lại sau", "Too many requests, try again later"
)
INTERNAL = _define("internal", 500, "Lỗi hệ thống", "Something went wrong on our side")
UNAVAILABLE = _define("unavailable", 503, "Hệ thống tạm bận, hãy thử lại", "Temporarily unavailable, try again")
STORAGE_FULL = _define("storage_full", 507, "Kho lưu trữ đã đầy", "There is no room left for files")


def fault(pointer: str, code: str, vi: str, en: str) -> FieldFault:
    return FieldFault(pointer, code, Text(vi, en))


def unknown_unit(pointer: str) -> "Problem":
    return invalid(pointer, "unknown_unit", "Không có đơn vị này", "There is no such unit")


def invalid(pointer: str, code: str, vi: str, en: str) -> Problem:
    """A 422 about one field."""
    return INVALID(faults=[fault(pointer, code, vi, en)])
