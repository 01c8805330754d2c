"""Enrolments of a learner, with dated statuses and classes."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from app.schemas.base import In, Out, PastDate, example
from app.schemas.learners.parts import CLASS_ID, EnrolmentStatusCode, RegisteredOut, StatusOut
from app.schemas.learners.transfers import TransferStateOut


class EnrolmentIn(In):
    model_config = example(class_id=CLASS_ID, entered_on="2026-09-07")

    class_id: UUID = Field(description="A class of the unit; its school year is that of the enrolment")
    status: EnrolmentStatusCode = "01"
    entered_on: PastDate


class StatusIn(In):
    model_config = example(status="04", valid_from="2026-11-02")

    status: EnrolmentStatusCode | None = Field(None, description="Left out, it stays, and the class changes alone")
    class_id: UUID | None = Field(None, description="Left out, the class stays")
    valid_from: PastDate = Field(description="Not before the last recorded status")


class DatedStatusOut(Out):
    status: StatusOut
    class_id: UUID
    valid_from: date
    recorded_at: datetime


class EnrolmentOut(RegisteredOut):
    learner_id: UUID
    school_year: str
    start_class_id: UUID = Field(description="The class at entry")
    class_id: UUID = Field(description="The class now, and after the year's end the class at its end")
    status: StatusOut
    status_on: date
    entered_on: date
    left_on: date | None = Field(description="Since when the learner is not present; null while present")
    transfer: TransferStateOut | None = Field(
        description="Whether the school that the learner came from confirmed it; null where no status says so,"
        " and for a homeroom teacher"
    )
    statuses: list[DatedStatusOut] = Field(description="Every dated status with the class from that day, in order")
