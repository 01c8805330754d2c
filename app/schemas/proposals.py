"""Proposals of acts on a case, and the decision on them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.coded import InList
from app.core.scoping import Tier
from app.core.states import StateMachine, Step, action_of, state_of
from app.schemas.base import Code, DecisionNumber, In, Line, MinimumPeriodOut, NextActions, TieredOut, example


class GuardedAct(StrEnum):
    """Acts after which a case is ended, requires less, is merged or loses evidence or words. Decision 0011."""

    DISMISS = "dismiss"
    CLOSE = "close"
    CHANGE_GROUP = "change_group"
    MERGE = "merge"
    DESTROY_EVIDENCE = "destroy_evidence"
    ERASE = "erase"


PROPOSAL_FLOW = StateMachine(
    "proposal",
    "proposed",
    {
        "proposed": ("Chờ quyết định", "Waiting for its decision"),
        "approved": ("Đã chấp thuận", "Approved"),
        "returned": ("Đã trả lại", "Returned"),
        "withdrawn": ("Đã rút lại", "Withdrawn"),
    },
    (
        Step("approve", ("proposed",), "approved", "Chấp thuận và thực hiện", "Approve; the act is done"),
        Step("return", ("proposed",), "returned", "Trả lại", "Return", needs_reason=True),
        Step("withdraw", ("proposed",), "withdrawn", "Người đề nghị rút lại", "Withdraw, by its proposer"),
    ),
)
ProposalState = Annotated[str, state_of(PROPOSAL_FLOW)]
ProposalAction = Annotated[str, action_of(PROPOSAL_FLOW)]

# The members that each act has beside its reason: required, then optional.
MEMBERS: dict[GuardedAct, tuple[set[str], set[str]]] = {
    GuardedAct.DISMISS: ({"dismissal_reason"}, set()),
    GuardedAct.CLOSE: ({"closing_reason"}, {"without_case"}),
    GuardedAct.CHANGE_GROUP: ({"group"}, set()),
    GuardedAct.MERGE: ({"survivor_id"}, set()),
    GuardedAct.DESTROY_EVIDENCE: ({"attachment_id"}, set()),
    GuardedAct.ERASE: ({"request_id"}, set()),
}


def _members() -> str:
    each = (" ".join(f"`{name}`" for name in (act, *sorted(required))) for act, (required, _) in MEMBERS.items())
    return f"Each act and the member that it requires: {', '.join(each)}; `close` alone may add `without_case`"


class ProposalIn(In):
    model_config = example(act="dismiss", dismissal_reason="unfounded", reason="Đã xác minh (ví dụ)")

    act: GuardedAct = Field(description=_members())
    reason: Line = Field(description="Why; sealed with the case, and the reason of the act when it is done")
    dismissal_reason: Annotated[Code, InList("dismissal_reason")] | None = Field(None, description="With dismiss")
    closing_reason: Annotated[Code, InList("closing_reason")] | None = Field(None, description="With close")
    without_case: Annotated[Code, InList("no_case_reason")] | None = Field(
        None, description="With close: why a victim who requires a case has none"
    )
    group: Annotated[Code, InList("incident_group")] | None = Field(None, description="With change_group: the new one")
    survivor_id: UUID | None = Field(
        None, description="With merge: the incident that goes on for both; that of the path is absorbed"
    )
    attachment_id: UUID | None = Field(None, description="With destroy_evidence")
    request_id: UUID | None = Field(None, description="With erase: the accepted subject request")

    @property
    def wanted(self) -> dict[str, Any]:
        """The codes and ids of the act."""
        return self.model_dump(mode="json", exclude_none=True, exclude={"act", "reason"})

    @model_validator(mode="after")
    def _complete(self) -> Self:
        required, optional = MEMBERS[self.act]
        given = set(self.wanted)
        if not required <= given <= required | optional:
            raise PydanticCustomError(
                "members_of_act",
                "members_of_act",
                {
                    "vi": "Mỗi loại việc (act) chỉ nhận đúng các trường của nó: xem mô tả",
                    "en": "Each act has its own members, and no other",
                },
            )
        return self


class ProposalTransitionIn(In):
    model_config = example(action="return", reason="Cần đánh giá thêm (ví dụ)")

    action: ProposalAction = Field(examples=["approve"])
    reason: Line | None = Field(None, description="Required with return")
    decision_number: DecisionNumber | None = Field(None, description="Required to approve an erasure")


class ProposalOut(TieredOut):
    id: UUID
    incident_id: UUID
    act: GuardedAct
    state: ProposalState
    data: Annotated[dict[str, object] | None, Tier.CIRCUMSTANCES] = Field(description="The act's codes and ids")
    proposed_at: datetime
    updated_at: datetime
    proposed_by: UUID
    decided_at: datetime | None
    decided_by: UUID | None
    decided_by_unit_id: UUID | None
    decided_by_unit_name_vi: str | None = None
    decided_by_unit_name_en: str | None = None
    version: int


class ProposalDetailOut(ProposalOut):
    reason: Annotated[str | None, Tier.CIRCUMSTANCES]
    answer: Annotated[str | None, Tier.CIRCUMSTANCES] = Field(description="Why it was returned")
    minimum_period: MinimumPeriodOut | None = Field(
        None, description="Of an erasure: the least period of the record, where it is not over"
    )
    next_actions: NextActions
