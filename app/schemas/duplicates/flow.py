"""The states of a merge."""

from app.core.states import StateMachine, Step

MERGE_FLOW = StateMachine(
    "merge",
    "merged",
    {"merged": ("Đã gộp", "Merged"), "undone": ("Đã tách lại", "Undone")},
    (Step("undo", ("merged",), "undone", "Tách lại", "Undo", needs_reason=True),),
)
