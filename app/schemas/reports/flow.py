"""The state machine of reports, in the words that officers know: Duyệt, Trả lại, Khóa, Yêu cầu mở khóa, Mở khóa."""

from typing import Annotated

from app.core.states import StateMachine, Step, state_of

REPORT_FLOW = StateMachine(
    "report",
    "owed",
    {
        "owed": ("Chưa lập", "Owed"),
        "draft": ("Đang soạn", "Draft"),
        "submitted": ("Đã nộp", "Submitted"),
        "returned": ("Đã trả lại", "Returned"),
        "accepted": ("Đã duyệt", "Accepted"),
        "locked": ("Đã khóa", "Locked"),
    },
    (
        Step("begin", ("owed",), "draft", "Lập báo cáo", "Begin the draft"),
        Step("submit", ("draft", "returned"), "submitted", "Nộp", "Submit"),
        Step("return", ("submitted", "accepted"), "returned", "Trả lại", "Return"),
        Step("accept", ("submitted",), "accepted", "Duyệt", "Accept"),
        Step("lock", ("accepted", "submitted"), "locked", "Khóa", "Lock"),
        Step("request_unlock", ("locked",), "locked", "Yêu cầu mở khóa", "Ask to unlock", needs_reason=True),
        Step("unlock", ("locked",), "draft", "Mở khóa", "Unlock", needs_reason=True),
    ),
)
EDITABLE = frozenset({"draft", "returned"})

ReportState = Annotated[str, state_of(REPORT_FLOW)]
