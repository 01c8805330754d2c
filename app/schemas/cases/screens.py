"""A record with its parts in one answer: what one screen shows."""

from typing import Annotated, Any, Generic, Literal, TypeVar, get_args

from pydantic import Field

from app.core.labels import LabelledBy
from app.schemas.base import Out
from app.schemas.cases.child_cases import AssessmentOut, CaseDetailOut, CaseOut, PlanOut
from app.schemas.cases.clocks import ClockOut
from app.schemas.cases.incidents import EventOut, IncidentDetailOut, PersonOut
from app.schemas.referrals.referrals import ReferralOut

T = TypeVar("T")
MOST_OF_A_PART = 100


_IncidentPart = Literal["persons", "timeline", "clocks", "referrals", "cases"]
IncidentPart = Annotated[_IncidentPart, LabelledBy("part")]
CasePart = Annotated[Literal["assessments", "plans"], LabelledBy("part")]
INCIDENT_PARTS: tuple[IncidentPart, ...] = get_args(_IncidentPart)


class PartOut(Out, Generic[T]):
    """A part of a record, in the order of its own list."""

    items: list[T]
    more: bool = Field(description="There is more than is shown here: its own list has all")


def first_of(rows: list[T]) -> "PartOut[T]":
    """The first of rows, which are at most one more than are shown."""
    return PartOut(items=rows[:MOST_OF_A_PART], more=len(rows) > MOST_OF_A_PART)


def last_of(rows: list[T]) -> "PartOut[T]":
    """The last of rows, which are at most one more than are shown."""
    return PartOut(items=rows[-MOST_OF_A_PART:], more=len(rows) > MOST_OF_A_PART)


def _part(of: str) -> Any:  # noqa: ANN401 — a field
    return Field(None, description=f"With `expand={of}`, as in the list of its own; at most {MOST_OF_A_PART}")


def _latest(of: str) -> Any:  # noqa: ANN401 — a field
    return Field(None, description=f"With `expand={of}`: the latest {MOST_OF_A_PART}, in order; `more` is earlier")


class IncidentScreenOut(IncidentDetailOut):
    persons: PartOut[PersonOut] | None = _part("persons")
    timeline: PartOut[EventOut] | None = _latest("timeline")
    clocks: PartOut[ClockOut] | None = _part("clocks")
    referrals: PartOut[ReferralOut] | None = _part("referrals")
    cases: PartOut[CaseOut] | None = _part("cases")
    left_out: list[IncidentPart] = Field(
        default_factory=list, description="Parts that were asked for and that the caller may not read"
    )


class CaseScreenOut(CaseDetailOut):
    assessments: PartOut[AssessmentOut] | None = _latest("assessments")
    plans: PartOut[PlanOut] | None = _latest("plans")
