"""The state machine of referrals."""

from typing import Annotated

from app.core.states import StateMachine, Step, action_of, state_of

REFERRAL_FLOW = StateMachine(
    "referral",
    "recorded",
    {
        "recorded": ("Đã ghi nhận", "Recorded"),
        "acknowledged": ("Bên nhận đã xác nhận", "Acknowledged"),
        "outcome_known": ("Đã có kết quả", "Outcome known"),
        "fed_back": ("Đã phản hồi", "Fed back"),
        "closed": ("Đã đóng", "Closed"),
        "withdrawn": ("Đã rút lại", "Withdrawn"),
    },
    (
        Step("acknowledge", ("recorded",), "acknowledged", "Bên nhận xác nhận", "Acknowledge"),
        Step("record_outcome", ("recorded", "acknowledged"), "outcome_known", "Ghi kết quả", "Record the outcome"),
        Step("record_feedback", ("outcome_known",), "fed_back", "Ghi phản hồi", "Record the feedback"),
        Step("close", ("outcome_known", "fed_back"), "closed", "Kết thúc", "Close"),
        Step("withdraw", ("recorded", "acknowledged"), "withdrawn", "Rút lại", "Withdraw", needs_reason=True),
    ),
)

ReferralState = Annotated[str, state_of(REFERRAL_FLOW)]
ReferralAction = Annotated[str, action_of(REFERRAL_FLOW)]
