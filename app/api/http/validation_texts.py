"""pydantic errors as field errors: a stable code and two texts by type, never the input."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.api.http.body_members import members_at, steps_in
from app.core.problems import FieldFault, Text

MAX_FAULTS = 50
OTHER = "invalid_value"
TEXTS = {
    "missing": Text("Thiếu trường bắt buộc", "A required field is missing"),
    "extra_forbidden": Text("Có trường không được chấp nhận", "It has a member that is not accepted"),
    "string_type": Text("Phải là chuỗi ký tự", "It must be a string"),
    "string_too_short": Text("Phải có ít nhất {limit} ký tự", "It must have at least {limit} characters"),
    "string_too_long": Text("Được nhiều nhất {limit} ký tự", "It must have at most {limit} characters"),
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
    "too_long": Text("Được nhiều nhất {limit} phần tử", "It must have at most {limit} items"),
    "too_short": Text("Phải có ít nhất {limit} phần tử", "It must have at least {limit} items"),
    "greater_than_equal": Text("Không được nhỏ hơn {limit}", "It must not be less than {limit}"),
    "less_than_equal": Text("Không được lớn hơn {limit}", "It must not be more than {limit}"),
    OTHER: Text("Giá trị không hợp lệ", "The value is not valid"),
    "model_attributes_type": Text("Phải là một đối tượng JSON", "It must be a JSON object"),
    "dict_type": Text("Phải là một đối tượng JSON", "It must be a JSON object"),
}

# pydantic has many names for one fault; callers know the first of each family.
FAMILIES = {
    "datetime_": "datetime_parsing",
    "timezone_": "timezone_aware",
    "date_": "date_parsing",
    "int_": "int_parsing",
    "uuid_": "uuid_parsing",
}


OF_TAG = {"union_tag_not_found": "missing", "union_tag_invalid": "literal_error"}
# Where pydantic names the number of a limit.
LIMITS = ("max_length", "min_length", "le", "ge")
NUMBER = "{limit}"
WORD = re.compile(r"'([^']+)'")


def field_faults(errors: Sequence[Any], body: object = None) -> list[FieldFault]:
    """At most 50 errors of a request whose body has the form `body`; each place and code once.

    The code and texts of a PydanticCustomError take precedence.
    """
    return list(dict.fromkeys(_fault(_of_tag(error), body) for error in errors[:MAX_FAULTS]))


def _of_tag(error: dict[str, Any]) -> dict[str, Any]:
    """A missing or unknown tag of a union is a missing or unknown word of the member that has it."""
    if error["type"] not in OF_TAG:
        return error
    context = error["ctx"]
    place, words = context["discriminator"].strip("'"), {"expected": context.get("expected_tags", "")}
    return error | {"type": OF_TAG[error["type"]], "loc": (*error["loc"], place), "ctx": words}


def _fault(error: dict[str, Any], body: object) -> FieldFault:
    context = error.get("ctx") or {}
    kind = _kind(error)
    limit, allowed = _limit(context), _allowed(error, kind, context, body)
    text = Text(str(context["vi"]), str(context["en"])) if {"vi", "en"} <= context.keys() else TEXTS[kind]
    place, *path = error["loc"]
    return FieldFault(
        _pointer((place, *steps_in(body, path)), kind), kind, _complete(text, limit, allowed), limit, allowed
    )


def _limit(context: Mapping[str, Any]) -> float | None:
    found = next((context[name] for name in LIMITS if name in context), None)
    return found if isinstance(found, int | float) else None


def _allowed(error: dict[str, Any], kind: str, context: Mapping[str, Any], body: object) -> tuple[str, ...]:
    """The members beside an unknown one, or the words of an enumeration."""
    if kind == "extra_forbidden":
        return members_at(body, error["loc"][1:-1])
    if kind in {"enum", "literal_error"}:
        return tuple(WORD.findall(context.get("expected", "")))
    return tuple(context.get("allowed", ()))


def _complete(text: Text, limit: float | None, allowed: Sequence[str]) -> Text:
    """The texts with the number, and with what is allowed."""
    names = ", ".join(allowed)
    vi, en = (f"; chỉ nhận: {names}", f"; allowed: {names}") if allowed else ("", "")
    return Text(text.vi.replace(NUMBER, str(limit)) + vi, text.en.replace(NUMBER, str(limit)) + en)


def _kind(error: dict[str, Any]) -> str:
    """The code of the error: pydantic's two names of a length error are one, and each family has one."""
    kind: str = error["type"]
    if kind in {"too_long", "too_short"} and isinstance(error.get("input"), str):
        return f"string_{kind}"
    return kind if "vi" in (error.get("ctx") or {}) else _documented(kind)


def _documented(kind: str) -> str:
    return kind if kind in TEXTS else next((one for name, one in FAMILIES.items() if kind.startswith(name)), OTHER)


def _pointer(location: Iterable[str | int], kind: str) -> str:
    """RFC 6901 pointer into the body, or the parameter's name. An unknown member's name is never echoed."""
    place, *path = location
    if kind == "extra_forbidden":
        path = path[:-1]
    if place != "body":
        return str(path[0]) if path else str(place)
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
