"""Who owes a report by when: earlier wishes, reporters of closed units, extensions."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from app.schemas.base import UNIT_ID, DecisionNumber, In, Narrative, Out, example
from app.schemas.reports.periods import PlannedDay


class RequestedDayIn(In):
    model_config = example(requested_on="2027-07-25")

    requested_on: PlannedDay | None = Field(
        description="An earlier day for the units that report to the caller's; null: none"
    )


class RequestedDayOut(Out):
    requested_on: date | None
    reports: int


class ReporterUnitIn(In):
    model_config = example(unit_id=UNIT_ID, valid_from="2027-07-01", decision_number="12/QĐ-MẪU")

    unit_id: UUID = Field(description="The unit that reports for the one that was merged or closed")
    valid_from: PlannedDay
    valid_to: PlannedDay | None = Field(None, description="The first day on which it no longer does")
    decision_number: DecisionNumber


class ReporterUnitOut(Out):
    id: UUID
    report_id: UUID
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    valid_from: date
    valid_to: date | None
    decision_number: str
    named_at: datetime
    named_by: UUID


class ExtensionIn(In):
    model_config = example(due_on="2027-08-10", decision_number="15/QĐ-MẪU", reason="Lũ lụt (ví dụ)")

    due_on: PlannedDay = Field(description="The new day; lateness is judged on it")
    decision_number: DecisionNumber
    reason: Narrative


class ExtensionOut(Out):
    report_id: UUID
    due_on: date
    extended_on: date
    due_at: datetime
    decision_number: str
    reason: str
    version: int
