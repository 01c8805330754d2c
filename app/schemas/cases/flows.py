"""The state machines of incidents and cases."""

from typing import Annotated

from app.core.states import StateMachine, Step, action_of, state_of

INCIDENT_FLOW = StateMachine(
    "incident",
    "received",
    {
        "received": ("Mới tiếp nhận", "Received"),
        "acknowledged": ("Đã xác nhận", "Acknowledged"),
        "assessing": ("Đang đánh giá", "Assessing"),
        "intervening": ("Đang can thiệp", "Intervening"),
        "monitoring": ("Đang theo dõi", "Monitoring"),
        "closed": ("Đã đóng", "Closed"),
        "dismissed": ("Không thụ lý", "Dismissed"),
        "reopened": ("Đã mở lại", "Reopened"),
    },
    (
        Step("acknowledge", ("received",), "acknowledged", "Xác nhận tiếp nhận", "Acknowledge"),
        Step("assess", ("acknowledged", "reopened"), "assessing", "Đánh giá ban đầu", "Start the assessment"),
        Step("intervene", ("acknowledged", "assessing", "reopened"), "intervening", "Hỗ trợ, can thiệp", "Intervene"),
        Step("monitor", ("assessing", "intervening"), "monitoring", "Theo dõi", "Monitor"),
        Step("close", ("intervening", "monitoring"), "closed", "Kết thúc", "Close", needs_reason=True),
        Step(
            "dismiss",
            ("received", "acknowledged", "assessing"),
            "dismissed",
            "Không thụ lý",
            "Dismiss",
            needs_reason=True,
        ),
        Step("reopen", ("closed", "dismissed"), "reopened", "Mở lại", "Reopen", needs_reason=True),
    ),
)


CASE_FLOW = StateMachine(
    "case",
    "opened",
    {
        "opened": ("Đã lập hồ sơ", "Opened"),
        "assessed": ("Đã đánh giá", "Assessed"),
        "plan_submitted": ("Đã trình kế hoạch", "Plan submitted"),
        "under_way": ("Đang thực hiện kế hoạch", "Plan under way"),
        "closed": ("Đã đóng", "Closed"),
    },
    (
        Step("assess", ("opened", "assessed"), "assessed", "Đánh giá", "Assess"),
        Step("assess", ("under_way",), "under_way", "Rà soát", "Review"),
        Step("submit_plan", ("assessed", "under_way"), "plan_submitted", "Trình kế hoạch", "Submit a plan"),
        Step("approve", ("plan_submitted",), "under_way", "Phê duyệt kế hoạch", "Approve the plan"),
        Step("return", ("plan_submitted",), "assessed", "Trả lại kế hoạch", "Return the plan", needs_reason=True),
        Step("close", ("assessed", "under_way"), "closed", "Kết thúc", "Close"),
        Step("reopen", ("closed",), "opened", "Mở lại", "Reopen", needs_reason=True),
    ),
)

# An exemption from a duty to notify. A suspension is effective while it is asked for.
EXEMPTION_FLOW = StateMachine(
    "exemption",
    "asked",
    {
        "asked": ("Chờ quyết định", "Waiting for its decision"),
        "confirmed": ("Đã đồng ý", "Confirmed"),
        "rejected": ("Không được đồng ý", "Rejected"),
    },
    (
        Step("confirm", ("asked",), "confirmed", "Đồng ý", "Confirm"),
        Step("reject", ("asked",), "rejected", "Không đồng ý", "Reject", needs_reason=True),
    ),
)

# A plan of a child's case.
PLAN_FLOW = StateMachine(
    "plan",
    "submitted",
    {
        "submitted": ("Chờ phê duyệt", "Submitted"),
        "approved": ("Đã phê duyệt", "Approved"),
        "returned": ("Đã trả lại", "Returned"),
    },
    (
        Step("approve", ("submitted",), "approved", "Phê duyệt", "Approve"),
        Step("return", ("submitted",), "returned", "Trả lại", "Return", needs_reason=True),
        Step("change_step", ("submitted",), "submitted", "Cập nhật hoạt động", "Record the progress of a step"),
        Step("change_step", ("approved",), "approved", "Cập nhật hoạt động", "Record the progress of a step"),
    ),
)

# A clock; its state follows from its times.
CLOCK_FLOW = StateMachine(
    "clock",
    "running",
    {
        "running": ("Đang chạy", "Running"),
        "missed": ("Quá hạn", "Missed"),
        "met": ("Đúng hạn", "Met"),
        "met_late": ("Hoàn thành muộn", "Met late"),
        "suspended": ("Tạm dừng", "Suspended"),
        "void": ("Không còn áp dụng", "Void"),
    },
    (
        Step("waiver", ("running", "missed", "suspended"), "void", "Miễn thông báo", "Waive", needs_reason=True),
        Step("suspension", ("running", "missed"), "suspended", "Tạm dừng thông báo", "Suspend", needs_reason=True),
    ),
)

ESCALATION_FLOW = StateMachine(
    "escalation",
    "raised",
    {"raised": ("Chờ cấp trên trả lời", "Waiting for an answer"), "answered": ("Đã trả lời", "Answered")},
    (Step("answer", ("raised",), "answered", "Trả lời", "Answer"),),
)

DISCIPLINE_FLOW = StateMachine(
    "discipline",
    "recorded",
    {"recorded": ("Đang áp dụng", "Recorded"), "withdrawn": ("Đã rút lại", "Withdrawn")},
    (Step("withdraw", ("recorded",), "withdrawn", "Rút lại", "Withdraw", needs_reason=True),),
)

# The accusation of a member of staff.
ACCUSATION_FLOW = StateMachine(
    "accusation",
    "open",
    {
        "open": ("Chưa kết luận", "No finding yet"),
        "corrected": ("Kết luận: nêu nhầm", "Found: named by mistake"),
        "cleared": ("Kết luận: không vi phạm", "Found: cleared"),
    },
    (
        Step(
            "correct", ("open",), "corrected", "Kết luận là nêu nhầm", "Find that it was a mistake", needs_reason=True
        ),
        Step(
            "clear", ("open",), "cleared", "Kết luận là không vi phạm", "Find that nothing was done", needs_reason=True
        ),
    ),
)

IncidentState = Annotated[str, state_of(INCIDENT_FLOW)]
IncidentAction = Annotated[str, action_of(INCIDENT_FLOW)]
CaseState = Annotated[str, state_of(CASE_FLOW)]
PlanState = Annotated[str, state_of(PLAN_FLOW)]
ClockState = Annotated[str, state_of(CLOCK_FLOW)]
ExemptionState = Annotated[str, state_of(EXEMPTION_FLOW)]
ExemptionAction = Annotated[str, action_of(EXEMPTION_FLOW)]
