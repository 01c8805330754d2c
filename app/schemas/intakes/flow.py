"""The states of an intake, which is immutable: whether it has an incident, or is set aside."""

from typing import Annotated

from app.core.states import StateMachine, Step, state_of

FORWARD, HAND_BACK = ("Chuyển tin", "Forward"), ("Trả lại tin", "Hand back")

INTAKE_FLOW = StateMachine(
    "intake",
    "waiting",
    {
        "waiting": ("Chờ xem xét", "Waiting"),
        "linked": ("Đã thuộc một vụ việc", "Linked to an incident"),
        "set_aside_asked": ("Chờ người thứ hai chấp thuận gác lại", "Waiting for a second person to set it aside"),
        "set_aside": ("Đã gác lại", "Set aside"),
    },
    (
        Step("open_incident", ("waiting", "set_aside_asked"), "linked", "Lập vụ việc", "Open an incident"),
        Step("link", ("waiting", "set_aside_asked"), "linked", "Ghép vào vụ việc", "Link to an incident"),
        Step("forward", ("waiting", "set_aside_asked"), "waiting", *FORWARD, needs_reason=True),
        Step("forward", ("linked",), "linked", *FORWARD, needs_reason=True),
        Step("hand_back", ("waiting", "set_aside_asked"), "waiting", *HAND_BACK, needs_reason=True),
        Step("hand_back", ("linked",), "linked", *HAND_BACK, needs_reason=True),
        Step("set_aside", ("waiting",), "set_aside", "Gác lại", "Set aside", needs_reason=True),
        Step("approve", ("set_aside_asked",), "set_aside", "Chấp thuận gác lại", "Approve that it is set aside"),
        Step(
            "undo",
            ("set_aside_asked", "set_aside"),
            "waiting",
            "Đưa trở lại xem xét",
            "Take up again",
            needs_reason=True,
        ),
    ),
)
IntakeState = Annotated[str, state_of(INTAKE_FLOW)]
