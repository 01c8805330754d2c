"""The state machines of incidents and cases."""

from typing import Annotated

from app.core.states import StateMachine, Step, action_of, state_of

INCIDENT_FLOW = StateMachine(
    "incident",
    "received",
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


# The label of each state, in Vietnamese and English.
INCIDENT_STATES = {
    "received": ("Mới tiếp nhận", "Received"),
    "acknowledged": ("Đã xác nhận", "Acknowledged"),
    "assessing": ("Đang đánh giá", "Assessing"),
    "intervening": ("Đang can thiệp", "Intervening"),
    "monitoring": ("Đang theo dõi", "Monitoring"),
    "closed": ("Đã đóng", "Closed"),
    "dismissed": ("Không thụ lý", "Dismissed"),
    "reopened": ("Đã mở lại", "Reopened"),
}


CASE_FLOW = StateMachine(
    "case",
    "opened",
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
    (
        Step("confirm", ("asked",), "confirmed", "Đồng ý", "Confirm"),
        Step("reject", ("asked",), "rejected", "Không đồng ý", "Reject", needs_reason=True),
    ),
)

IncidentState = Annotated[str, state_of(INCIDENT_FLOW)]
IncidentAction = Annotated[str, action_of(INCIDENT_FLOW)]
CaseState = Annotated[str, state_of(CASE_FLOW)]
CaseAction = Annotated[str, action_of(CASE_FLOW)]
ExemptionState = Annotated[str, state_of(EXEMPTION_FLOW)]
ExemptionAction = Annotated[str, action_of(EXEMPTION_FLOW)]
