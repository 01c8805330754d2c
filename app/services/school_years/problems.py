"""How school years and roster counts refuse a request."""

from app.core.problems import define

SCHOOL_YEAR_IN_USE = define(
    "school_year_in_use",
    409,
    "Đã có báo cáo của năm học này được khóa: ngày bắt đầu và kết thúc không đổi được nữa",
    "A report of this school year is locked: its first and last day change no more",
)
NO_SCHOOL_YEAR = define(
    "no_school_year", 409, "Chưa khai báo năm học của ngày này", "No school year is set for this day"
)
ROSTER_COUNT_FROZEN = define(
    "roster_count_frozen",
    409,
    "Số liệu học sinh đã chốt: chỉ điều chỉnh bằng báo cáo bổ sung",
    "The roster count is frozen: a supplementary report corrects it",
)
ROSTER_COUNT_MISSING = define(
    "roster_count_missing", 409, "Đơn vị chưa nhập số liệu học sinh này", "The unit has not recorded this roster count"
)
