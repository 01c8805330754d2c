"""The states of an obligation to sign. Refusing costs nothing, and is settled as signing is."""

from typing import Annotated, Final, Literal

from app.core.labels import LabelledBy
from app.core.states import StateMachine, Step, state_of

# Before a word of the party itself: what the school says of it may change without a withdrawal.
OPEN: Final = ("pending", "asked", "not_reached", "no_contact_details", "not_required", "withdrawn")
SETTLED: Final = frozenset({"signed", "refused", "not_reached", "not_required"})
VOID: Final = "void"
COMMITMENT_FLOW = StateMachine(
    "commitment",
    "pending",
    {
        "pending": ("Chưa thực hiện", "Pending"),
        "asked": ("Đã đề nghị ký", "Asked"),
        "signed": ("Đã ký", "Signed"),
        "refused": ("Không đồng ý ký", "Refused"),
        "not_reached": ("Chưa liên hệ được", "Not reached"),
        "no_contact_details": ("Không có thông tin liên hệ", "No contact details"),
        "not_required": ("Không phải ký", "Not required"),
        "withdrawn": ("Đã rút lại", "Withdrawn"),
        "void": ("Không còn hiệu lực", "Void"),
    },
    (
        Step("ask", OPEN, "asked", "Đề nghị ký", "Ask"),
        Step("sign", OPEN, "signed", "Ghi nhận đã ký", "Record as signed"),
        Step("refuse", OPEN, "refused", "Ghi nhận không đồng ý ký", "Record as refused"),
        Step("miss", OPEN, "not_reached", "Ghi nhận chưa liên hệ được", "Record as not reached"),
        Step("exempt", OPEN, "not_required", "Ghi nhận không phải ký", "Record as not required"),
        Step("withdraw", ("signed", "refused"), "withdrawn", "Rút lại", "Withdraw"),
        Step("void", OPEN, "void", "Hết hiệu lực vì học sinh đã rời trường", "Void, as the learner left"),
    ),
)
CommitmentState = Annotated[str, state_of(COMMITMENT_FLOW)]
Recorded = Annotated[
    Literal["asked", "signed", "refused", "not_reached", "not_required"], LabelledBy("commitment_state")
]
STEPS: Final = {step.target: step.action for step in COMMITMENT_FLOW.steps}
Party = Annotated[Literal["pupil", "guardian"], LabelledBy("commitment_party")]
Way = Annotated[Literal["class_sheet", "witnessed_list"], LabelledBy("commitment_way")]
