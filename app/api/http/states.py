"""States as parameters of lists: one that a flow does not know is refused, rather than found nowhere."""

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.core.states import StateMachine
from app.services.cases.flows import CASE_FLOW, INCIDENT_FLOW
from app.services.privacy.flow import SUBJECT_REQUEST_FLOW
from app.services.referrals.flow import REFERRAL_FLOW


def _known(flow: StateMachine) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in flow.states:
            raise PydanticCustomError(
                "unknown_code", "unknown_code", {"vi": "Không có trạng thái này", "en": "There is no such state"}
            )
        return value

    return check


def _drawn(flow: StateMachine) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": [*flow.states]})


IncidentState = Annotated[str, AfterValidator(_known(INCIDENT_FLOW)), _drawn(INCIDENT_FLOW)]
ReferralState = Annotated[str, AfterValidator(_known(REFERRAL_FLOW)), _drawn(REFERRAL_FLOW)]
CaseState = Annotated[str, AfterValidator(_known(CASE_FLOW)), _drawn(CASE_FLOW)]
RequestState = Annotated[str, AfterValidator(_known(SUBJECT_REQUEST_FLOW)), _drawn(SUBJECT_REQUEST_FLOW)]
