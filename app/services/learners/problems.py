"""How the registry of learners refuses a request."""

from app.core.problems import Problem, define, invalid

CODE_IN_USE = define("code_in_use", 409, "Mã này đã có trong đơn vị", "The code is in use in the unit")
IDENTIFIER_IN_USE = define(
    "identifier_in_use", 409, "Số này đang thuộc một học sinh khác của đơn vị", "Another learner of the unit has it"
)
ALREADY_ENROLLED = define(
    "already_enrolled",
    409,
    "Học sinh đã được ghi danh trong năm học này: hãy đổi trạng thái hoặc lớp",
    "The learner is enrolled in this school year: change the status or the class",
)
EARLIER_STATUS = define(
    "earlier_status",
    409,
    "Ngày này trước trạng thái đã ghi gần nhất",
    "The day is before that of the last recorded status",
)
OWN_ARRIVAL = define(
    "own_arrival",
    409,
    "Nơi học sinh chuyển đi xác nhận, không phải nơi chuyển đến",
    "The unit that the learner left confirms it, not the one they came to",
)
TEACHER_OVERLAPS = define(
    "teacher_overlaps",
    409,
    "Từ ngày này lớp đã có giáo viên chủ nhiệm khác được phân công sau đó",
    "Another homeroom teacher is appointed from a later day",
)


def unknown(pointer: str) -> Problem:
    """A 422 for an id of the body that is not there, or not of the caller's unit."""
    return invalid(pointer, "unknown_record", "Không có bản ghi này ở đơn vị", "The unit has no such record")


def names_no_learner() -> Problem:
    text = ("Mã do trường tự đặt không xác định được một học sinh", "A code of the school's own names no one learner")
    return invalid("/kind", "names_no_learner", *text)


def wrong_period(pointer: str = "/valid_to") -> Problem:
    text = ("Ngày kết thúc phải sau ngày bắt đầu", "The end must be after the start")
    return invalid(pointer, "wrong_period", *text)
