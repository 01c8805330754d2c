"""The state machine of subject requests."""

from typing import Annotated

from app.core.states import StateMachine, Step, action_of, state_of

SUBJECT_REQUEST_FLOW = StateMachine(
    "subject_request",
    "received",
    {
        "received": ("Mới ghi nhận", "Received"),
        "accepted": ("Đã chấp nhận", "Accepted"),
        "refused": ("Đã từ chối", "Refused"),
        "extended": ("Đã gia hạn", "Extended"),
        "done": ("Đã thực hiện", "Done"),
        "taken_back": ("Người yêu cầu đã rút lại", "Taken back"),
    },
    (
        Step("accept", ("received",), "accepted", "Chấp nhận", "Accept"),
        Step("refuse", ("received", "accepted", "extended"), "refused", "Từ chối", "Refuse", needs_reason=True),
        Step("extend", ("accepted",), "extended", "Gia hạn", "Extend", needs_reason=True),
        Step("complete", ("accepted", "extended"), "done", "Thực hiện", "Complete"),
        Step("take_back", ("received", "accepted", "extended"), "taken_back", "Người yêu cầu rút lại", "Take back"),
    ),
)

SubjectRequestState = Annotated[str, state_of(SUBJECT_REQUEST_FLOW)]
SubjectRequestAction = Annotated[str, action_of(SUBJECT_REQUEST_FLOW)]
