"""The states of an obligation to sign. Refusing costs nothing, and is settled as signing is."""

from typing import Annotated, Final, Literal

from app.core.labels import LabelledBy
from app.core.states import StateMachine, Step, state_of
from app.core.vocabulary import COMMITMENT_OPEN as OPEN

SETTLED: Final = frozenset({"signed", "refused", "not_reached", "not_required"})


def recorded_from(states: tuple[str, ...]) -> tuple[Step, ...]:
    """What a school records of a class and of an agreement alike, from states without a party's own answer."""
    return (
        Step("ask", states, "asked", "Đề nghị ký", "Ask"),
        Step("sign", states, "signed", "Ghi nhận đã ký", "Record as signed"),
        Step("refuse", states, "refused", "Ghi nhận không đồng ý ký", "Record as refused"),
        Step("miss", states, "not_reached", "Ghi nhận chưa liên hệ được", "Record as not reached"),
        Step("exempt", states, "not_required", "Ghi nhận không phải ký", "Record as not required"),
    )


ASK_ANEW: Final = Step("ask_anew", ("signed",), "pending", "Đề nghị ký bản mới", "Ask to sign a new version")
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
        "in_conflict": ("Hai người giám hộ trả lời khác nhau", "In conflict"),
        "withdrawn": ("Đã rút lại", "Withdrawn"),
        "void": ("Không còn hiệu lực", "Void"),
    },
    (
        *recorded_from(OPEN),
        Step("conflict", ("signed", "refused"), "in_conflict", "Người giám hộ khác trả lời khác", "Answer otherwise"),
        Step("withdraw", ("signed", "refused", "in_conflict"), "withdrawn", "Rút lại", "Withdraw"),
        Step("void", OPEN, "void", "Hết hiệu lực vì học sinh đã rời lớp", "Void, as the learner left the class"),
        Step("resume", ("void",), "pending", "Học sinh trở lại lớp", "Resume, as the learner came back"),
        ASK_ANEW,
        Step("lose", ("pending",), "no_contact_details", "Không còn thông tin liên hệ", "Lose the contact details"),
        Step("find", ("no_contact_details",), "pending", "Có thông tin liên hệ", "Find contact details"),
    ),
)
CommitmentState = Annotated[str, state_of(COMMITMENT_FLOW)]
Recorded = Annotated[
    Literal["asked", "signed", "refused", "not_reached", "not_required"], LabelledBy("commitment_state")
]
Party = Annotated[Literal["pupil", "guardian"], LabelledBy("commitment_party")]
# Whom a template may ask: of a class, of the staff, of the school and its partners.
TemplateParty = Annotated[
    Literal[
        "pupil",
        "guardian",
        "teacher",
        "principal",
        "school",
        "police",
        "commune",
        "department",
        "mass_organisation",
    ],
    LabelledBy("commitment_party"),
]
# A party's own answer: only a withdrawal changes it.
SAID: Final = frozenset({"signed", "refused"})
RecordedWay = Annotated[
    Literal["class_sheet", "witnessed_list", "app", "signed_elsewhere"], LabelledBy("commitment_way")
]
Way = Annotated[
    Literal["class_sheet", "witnessed_list", "app", "signed_elsewhere", "slip"], LabelledBy("commitment_way")
]
SatisfiedBy = Annotated[Literal["any", "each"], LabelledBy("commitment_satisfied_by")]
