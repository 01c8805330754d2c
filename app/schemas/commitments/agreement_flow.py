"""Agreements of staff and of the school: their kinds by party, and the states of an obligation to sign one."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal

from app.core.labels import LabelledBy
from app.core.states import StateMachine, Step, state_of
from app.core.vocabulary import AGREEMENT_OPEN as OPEN
from app.core.vocabulary import POLICE_AGREEMENT, STAFF_AGREEMENT

AgreementKind = Annotated[
    Literal[
        "teacher_principal",
        "school_police",
        "school_commune",
        "school_mass_organisation",
        "principal_commune",
        "principal_department",
    ],
    LabelledBy("agreement_kind"),
]
# Who signs with whom; what a class signs is in the second table.
KINDS: Final[Mapping[frozenset[str], str]] = {
    frozenset({"teacher", "principal"}): STAFF_AGREEMENT,
    frozenset({"school", "police"}): POLICE_AGREEMENT,
    frozenset({"school", "commune"}): "school_commune",
    frozenset({"school", "mass_organisation"}): "school_mass_organisation",
    frozenset({"principal", "commune"}): "principal_commune",
    frozenset({"principal", "department"}): "principal_department",
}
PARTIES_OF: Final = {kind: parties for parties, kind in KINDS.items()}
OF_CLASS: Final = (frozenset({"pupil"}), frozenset({"guardian"}), frozenset({"pupil", "guardian"}))
AGREEMENT_FLOW = StateMachine(
    "commitment_agreement",
    "pending",
    {
        "pending": ("Chưa thực hiện", "Pending"),
        "asked": ("Đã đề nghị ký", "Asked"),
        "signed": ("Đã ký", "Signed"),
        "refused": ("Không đồng ý ký", "Refused"),
        "not_reached": ("Chưa liên hệ được", "Not reached"),
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
        Step(
            "void", OPEN, "void", "Hết hiệu lực vì đã thôi công tác ở trường", "Void, as the post at the school ended"
        ),
        Step("resume", ("void",), "pending", "Trở lại công tác ở trường", "Resume, as the post began again"),
        Step("ask_anew", ("signed",), "pending", "Đề nghị ký bản mới", "Ask to sign a new version"),
    ),
)
AgreementState = Annotated[str, state_of(AGREEMENT_FLOW)]
AgreementRecorded = Annotated[
    Literal["asked", "signed", "refused", "not_reached", "not_required"], LabelledBy("commitment_agreement_state")
]
STEPS: Final = {step.target: step.action for step in AGREEMENT_FLOW.steps}
# Not one of them is called a digital signature: what a PDF signed elsewhere says is not judged.
AgreementWay = Annotated[Literal["paper", "witnessed_list", "signed_elsewhere"], LabelledBy("commitment_way")]


def kind_of(parties: Iterable[str]) -> str | None:
    """The kind of agreement that some parties sign; None for what a class signs."""
    return KINDS.get(frozenset(parties))
