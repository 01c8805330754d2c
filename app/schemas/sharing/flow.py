"""The states of an emergency access."""

from app.core.states import StateMachine, Step

EMERGENCY_ACCESS_FLOW = StateMachine(
    "emergency_access",
    "opened",
    {"opened": ("Chờ rà soát", "Waiting for its review"), "reviewed": ("Đã rà soát", "Reviewed")},
    (Step("review", ("opened",), "reviewed", "Rà soát", "Review", needs_reason=True),),
)
