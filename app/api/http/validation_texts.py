"""pydantic errors as field errors: a stable code and two texts by type, never the input."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.core.problems import FieldFault, Text

MAX_FAULTS = 50
OTHER = Text("Giá trị không hợp lệ", "The value is not valid")
TEXTS = {
    "missing": Text("Thiếu trường bắt buộc", "A required field is missing"),
    "extra_forbidden": Text("Trường này không được chấp nhận", "This field is not accepted"),
    "string_type": Text("Phải là chuỗi ký tự", "It must be a string"),
    "string_too_short": Text("Quá ngắn", "It is too short"),
    "string_too_long": Text("Quá dài", "It is too long"),
    "string_pattern_mismatch": Text("Sai định dạng", "It has the wrong form"),
    "int_type": Text("Phải là số nguyên", "It must be a whole number"),
    "int_parsing": Text("Phải là số nguyên", "It must be a whole number"),
    "bool_type": Text("Phải là true hoặc false", "It must be true or false"),
    "bool_parsing": Text("Phải là true hoặc false", "It must be true or false"),
    "enum": Text("Không thuộc danh sách cho phép", "It is not one of the allowed values"),
    "literal_error": Text("Không thuộc danh sách cho phép", "It is not one of the allowed values"),
    "uuid_parsing": Text("Phải là định danh UUID", "It must be a UUID"),
    "uuid_type": Text("Phải là định danh UUID", "It must be a UUID"),
    "date_from_datetime_parsing": Text("Phải là ngày dạng YYYY-MM-DD", "It must be a date, YYYY-MM-DD"),
    "date_parsing": Text("Phải là ngày dạng YYYY-MM-DD", "It must be a date, YYYY-MM-DD"),
    "date_type": Text("Phải là ngày dạng YYYY-MM-DD", "It must be a date, YYYY-MM-DD"),
    "datetime_parsing": Text("Phải là thời điểm RFC 3339 có múi giờ", "It must be an RFC 3339 time with an offset"),
    "datetime_type": Text("Phải là thời điểm RFC 3339 có múi giờ", "It must be an RFC 3339 time with an offset"),
    "timezone_aware": Text("Phải có múi giờ", "It must have an offset"),
    "list_type": Text("Phải là danh sách", "It must be a list"),
    "too_long": Text("Có quá nhiều phần tử", "There are too many items"),
    "too_short": Text("Có quá ít phần tử", "There are too few items"),
    "greater_than_equal": Text("Nhỏ hơn mức cho phép", "It is below the least allowed value"),
    "less_than_equal": Text("Lớn hơn mức cho phép", "It is above the greatest allowed value"),
    "model_attributes_type": Text("Phải là một đối tượng JSON", "It must be a JSON object"),
    "dict_type": Text("Phải là một đối tượng JSON", "It must be a JSON object"),
}


def field_faults(errors: Sequence[Any]) -> list[FieldFault]:
    """At most 50 errors; the code and texts of a PydanticCustomError take precedence."""
    return [_fault(error) for error in errors[:MAX_FAULTS]]


def _fault(error: dict[str, Any]) -> FieldFault:
    context = error.get("ctx") or {}
    kind = _kind(error)
    if "vi" in context and "en" in context:
        text = Text(str(context["vi"]), str(context["en"]))
    else:
        text = TEXTS.get(kind, OTHER)
    return FieldFault(_pointer(error["loc"], kind), kind, text)


def _kind(error: dict[str, Any]) -> str:
    """Map pydantic's two names of a length error to one."""
    kind: str = error["type"]
    return f"string_{kind}" if kind in {"too_long", "too_short"} and isinstance(error.get("input"), str) else kind


def _pointer(location: Iterable[str | int], kind: str) -> str:
    """RFC 6901 pointer into the body, or the parameter's name. An unknown member's name is never echoed."""
    place, *path = location
    if kind == "extra_forbidden":
        path = path[:-1]
    if place != "body":
        return str(path[0]) if path else str(place)
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
