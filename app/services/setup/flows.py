"""The state machines of incidents, referrals, cases and subject requests, as data. Docs are drawn from them."""

from app.core.states import StateMachine, Step

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

# What a person calls each state, in Vietnamese and English.
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
REFERRAL_FLOW = StateMachine(
    "referral",
    "recorded",
    (
        Step("acknowledge", ("recorded",), "acknowledged", "Bên nhận xác nhận", "Acknowledge"),
        Step("record_outcome", ("recorded", "acknowledged"), "outcome_known", "Ghi kết quả", "Record the outcome"),
        Step("record_feedback", ("outcome_known",), "fed_back", "Ghi phản hồi", "Record the feedback"),
        Step("close", ("outcome_known", "fed_back"), "closed", "Kết thúc", "Close"),
        Step("withdraw", ("recorded", "acknowledged"), "withdrawn", "Rút lại", "Withdraw", needs_reason=True),
    ),
)
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
SUBJECT_REQUEST_FLOW = StateMachine(
    "subject_request",
    "received",
    (
        Step("accept", ("received",), "accepted", "Chấp nhận", "Accept"),
        Step("refuse", ("received", "accepted", "extended"), "refused", "Từ chối", "Refuse", needs_reason=True),
        Step("extend", ("accepted",), "extended", "Gia hạn", "Extend", needs_reason=True),
        Step("complete", ("accepted", "extended"), "done", "Đã thực hiện", "Complete"),
        Step("take_back", ("received", "accepted", "extended"), "taken_back", "Người yêu cầu rút lại", "Take back"),
    ),
)
FLOWS = (INCIDENT_FLOW, REFERRAL_FLOW, CASE_FLOW, SUBJECT_REQUEST_FLOW)
