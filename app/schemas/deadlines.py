"""Clock rules and the calendar."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.labels import LabelledBy
from app.schemas.base import Code, DecisionNumber, Flag, In, Integer, Line, LocalRuleIn, LocalRuleOut, Out, example

MOST_DAYS = 366


TimeUnit = Annotated[Literal["minutes", "hours", "days", "working_days"], LabelledBy("time_unit")]


class ClockRuleOut(Out):
    code: str
    label_vi: str
    label_en: str
    starts_on: str = Field(description="The event that starts it; `receipt`: when the first informant was heard")
    restarts_on: str | None = Field(description="The event that starts its next round, where it has rounds")
    met_by: list[str] = Field(description="Events that meet it")
    severities: list[str] = Field(description="Empty: any")
    groups: list[str] = Field(description="Empty: any")
    amount: int
    time_unit: TimeUnit
    escalates: bool
    outlasts: bool = Field(description="No end, severity or group of the case ends it: only what meets it, or a waiver")
    is_law: bool = Field(description="Whether the law names the number")
    source: str
    valid_from: date
    valid_to: date | None


class LocalDeadlineIn(LocalRuleIn):
    model_config = example(
        rule_code="emergency_measures",
        amount=8,
        time_unit="hours",
        decision_number="12/QĐ-SGDĐT",
        valid_from="2026-09-01",
    )

    rule_code: Annotated[Code, LabelledBy("clock_rule")] = Field(examples=["emergency_measures"])
    amount: Integer = Field(ge=1, le=100_000, examples=[8])
    time_unit: TimeUnit = Field(examples=["hours"])

    @model_validator(mode="after")
    def _countable(self) -> Self:
        # No duty has years: to count ten thousand working days would build the holidays of decades.
        if self.time_unit in {"days", "working_days"} and self.amount > MOST_DAYS:
            raise PydanticCustomError(
                "too_many_days", "too_many_days", {"vi": "Tối đa 366 ngày", "en": "At most 366 days"}
            )
        return self


class LocalDeadlineOut(LocalRuleOut):
    rule_code: Annotated[str, LabelledBy("clock_rule")]
    amount: int
    time_unit: TimeUnit


class AnnouncedDayIn(In):
    model_config = example(
        is_working=True, decision_number="15/TB-MẪU", source="Thông báo hoán đổi ngày làm việc (ví dụ)"
    )

    is_working: Flag
    decision_number: DecisionNumber
    source: Annotated[Line, Field(max_length=200)]


class WorkingDayOut(Out):
    day: date
    is_working: bool
    name: str | None = Field(description="The holiday's name in Vietnamese")
    announced: str | None = Field(description="The announcement that decided it, where one did")
    decision_number: str | None = Field(description="Of that announcement")
    announced_at: datetime | None = Field(description="When it was entered here")
