"""The rules of reporting: who reports to whom, by which day, and when a unit is reminded."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.core.labels import LabelledBy
from app.schemas.base import Out
from app.schemas.reports.periods import DayOff, PeriodKind


class RuleOut(Out):
    is_confirmed: bool = Field(description="false: nobody competent confirmed it yet")
    valid_from: date
    valid_to: date | None
    source: str


class ChainRuleOut(RuleOut):
    kind: Annotated[str, LabelledBy("unit_kind")]
    recipient_kind: str = Field(description="Empty at the top of the chain")
    is_reviewed: bool = Field(description="false: its dispatch is recorded, and no acceptance")


class DueRuleOut(RuleOut):
    period_kind: PeriodKind
    unit_kind: Annotated[str, LabelledBy("unit_kind")]
    month: int | None = Field(description="null: no plan names a day")
    day: int | None
    day_off: DayOff


class ReminderRuleOut(RuleOut):
    code: str
    moment: Annotated[Literal["opened", "before", "after"], LabelledBy("reminder_moment")]
    working_days: int


class ReportRulesOut(Out):
    chain: list[ChainRuleOut] = Field(description="Who reports to whom; of several rules of a kind the first holds")
    dues: list[DueRuleOut]
    reminders: list[ReminderRuleOut]
