"""Every way in which the API says no: RFC 9457 problems with a stable code, in Vietnamese and English.

The catalogue is served at each problem's `type`. No problem ever repeats what the caller sent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypedDict, Unpack

Language = Literal["vi", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    vi: str
    en: str

    def in_(self, language: Language) -> str:
        return self.vi if language == "vi" else self.en


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One wrong place in the request: an RFC 6901 pointer (or a parameter's name), a code, a text.

    `limit` is the number that a value exceeds or falls short of; `allowed` are the members, parameters or words that
    the place accepts, and `code_list` names the list that has them.
    """

    pointer: str
    code: str
    text: Text
    limit: float | None = None
    allowed: tuple[str, ...] = ()
    code_list: str | None = None


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
        extra: Mapping[str, object] | None = None,
    ) -> "Problem":
        return Problem(self, detail, tuple(faults), dict(headers or {}), dict(extra or {}))


@dataclass(eq=False)
class Problem(Exception):  # noqa: N818 — RFC 9457's word
    type: ProblemType
    detail: Text | None = None
    faults: tuple[FieldFault, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    extra: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.type.code


CATALOGUE: dict[str, ProblemType] = {}


def define(code: str, status: int, vi: str, en: str) -> ProblemType:
    """A type of problem, in the catalogue from then on. An area defines its own in `problems.py` or its only module."""
    if code in CATALOGUE:
        raise LookupError(f"the problem {code} is defined twice")
    CATALOGUE[code] = ProblemType(code, status, Text(vi, en))
    return CATALOGUE[code]


BAD_REQUEST = define("bad_request", 400, "Yêu cầu không đọc được", "The request cannot be read")
MALFORMED_JSON = define("malformed_json", 400, "Nội dung JSON không hợp lệ", "The body is not valid JSON")
BAD_CURSOR = define(
    "bad_cursor",
    400,
    "Con trỏ trang không hợp lệ hoặc không thuộc bộ lọc này",
    "The cursor is invalid or belongs to other filters",
)
BAD_HEADER = define("bad_header", 400, "Một tiêu đề của yêu cầu không hợp lệ", "A request header is not valid")
NOT_SIGNED_IN = define("not_signed_in", 401, "Cần đăng nhập", "Sign in first")
FORBIDDEN = define("forbidden", 403, "Vai trò của bạn không được làm việc này", "Your role may not do this")
NOT_FOUND = define("not_found", 404, "Không tìm thấy", "Not found")
METHOD_NOT_ALLOWED = define(
    "method_not_allowed", 405, "Phương thức không được hỗ trợ", "The method is not allowed here"
)
BODY_TIMEOUT = define("body_timeout", 408, "Gửi nội dung quá lâu", "The body took too long to arrive")
CONFLICT = define("conflict", 409, "Xung đột với dữ liệu đang có", "It conflicts with what is there")
DUPLICATE = define("duplicate", 409, "Đã có bản ghi như vậy", "There is such a record already")
WRONG_STATE = define(
    "wrong_state", 409, "Trạng thái hiện tại không cho phép bước này", "The present state does not allow this step"
)
STALE = define("stale", 412, "Bản ghi đã được người khác sửa", "Somebody changed the record since you read it")
BODY_TOO_LARGE = define("body_too_large", 413, "Nội dung quá lớn", "The body is too large")
URI_TOO_LONG = define("uri_too_long", 414, "Địa chỉ quá dài", "The address is too long")
UNSUPPORTED_MEDIA_TYPE = define(
    "unsupported_media_type", 415, "Kiểu nội dung không được hỗ trợ", "The content type is not supported here"
)
RANGE_NOT_SATISFIABLE = define(
    "range_not_satisfiable", 416, "Tệp không có đoạn được yêu cầu", "The file has no such range"
)
INVALID = define("invalid", 422, "Dữ liệu chưa hợp lệ", "The data is not valid")
PRECONDITION_REQUIRED = define(
    "precondition_required", 428, "Thiếu tiêu đề If-Match", "The If-Match header is required"
)
TOO_MANY_REQUESTS = define(
    "too_many_requests", 429, "Quá nhiều yêu cầu, hãy thử lại sau", "Too many requests, try again later"
)
INTERNAL = define("internal", 500, "Lỗi hệ thống", "Something went wrong on our side")
UNAVAILABLE = define("unavailable", 503, "Hệ thống tạm bận, hãy thử lại", "Temporarily unavailable, try again")


class Known(TypedDict, total=False):
    """What a fault says of the place beside its text."""

    limit: float
    allowed: tuple[str, ...]
    code_list: str


def fault(pointer: str, code: str, vi: str, en: str, **known: Unpack[Known]) -> FieldFault:
    return FieldFault(pointer, code, Text(vi, en), **known)


def invalid(pointer: str, code: str, vi: str, en: str, **known: Unpack[Known]) -> Problem:
    """A 422 about one field."""
    return INVALID(faults=[fault(pointer, code, vi, en, **known)])


def body_too_large(most_bytes: int) -> Problem:
    """A 413 with the greatest length; the connection closes, because the rest of the body is not read."""
    detail = Text(f"Nhiều nhất {most_bytes} byte", f"It must have at most {most_bytes} bytes")
    return BODY_TOO_LARGE(detail, headers={"Connection": "close"}, extra={"limit": most_bytes})
