"""Agreements of staff and of the school: their kinds by party, and the states of an obligation to sign one."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal

from app.core.labels import LabelledBy
from app.core.states import StateMachine, Step, state_of
from app.core.vocabulary import AGREEMENT_OPEN as OPEN
from app.core.vocabulary import POLICE_AGREEMENT, STAFF_AGREEMENT
from app.schemas.commitments.flow import ASK_ANEW, COMMITMENT_FLOW, recorded_from

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
OF_FAMILIES: Final = frozenset({"no_contact_details", "in_conflict"})
AGREEMENT_FLOW = StateMachine(
    "commitment_agreement",
    "pending",
    {state: label for state, label in COMMITMENT_FLOW.states.items() if state not in OF_FAMILIES},
    (
        *recorded_from(OPEN),
        Step("withdraw", ("signed", "refused"), "withdrawn", "Rút lại", "Withdraw"),
        Step(
            "void", OPEN, "void", "Hết hiệu lực vì đã thôi công tác ở trường", "Void, as the post at the school ended"
        ),
        Step("resume", ("void",), "pending", "Trở lại công tác ở trường", "Resume, as the post began again"),
        ASK_ANEW,
    ),
)
AgreementState = Annotated[str, state_of(AGREEMENT_FLOW)]
AgreementRecorded = Annotated[
    Literal["asked", "signed", "refused", "not_reached", "not_required"], LabelledBy("commitment_agreement_state")
]
# Not one of them is called a digital signature: what a PDF signed elsewhere says is not judged.
AgreementWay = Annotated[Literal["paper", "witnessed_list", "signed_elsewhere"], LabelledBy("commitment_way")]


def kind_of(parties: Iterable[str]) -> str | None:
    """The kind of agreement that some parties sign; None for what a class signs."""
    return KINDS.get(frozenset(parties))
