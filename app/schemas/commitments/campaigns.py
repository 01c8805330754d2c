"""Campaigns over the wire, their adoption by a school, and the board."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from app.schemas.base import Day, In, Name, Out, SchoolYearCode, example
from app.schemas.commitments.flow import Party
from app.schemas.commitments.reminders import ReminderRules, ReminderRulesOut

TEMPLATE_ID = "01994c2a-7b1e-7c00-8000-000000000004"


class CampaignIn(In):
    model_config = example(
        school_year="2026-2027",
        title_vi="Ký cam kết đầu năm học 2026–2027 (ví dụ)",
        template_ids=[TEMPLATE_ID],
        opens_on="2026-08-24",
        closes_on="2026-09-15",
    )

    school_year: SchoolYearCode
    title_vi: Name
    title_en: Name | None = None
    template_ids: list[UUID] = Field(
        min_length=1,
        max_length=16,
        description="Published; for a school level one of classes, and one of each kind of agreement",
    )
    opens_on: Day
    closes_on: Day = Field(description="The last day; what comes later is still recorded")
    reminders: ReminderRules | None = Field(None, description="Left out, no family is reminded")


class CampaignOut(Out):
    id: UUID
    code: str
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    school_year: str
    title_vi: str
    title_en: str | None
    template_ids: list[UUID]
    opens_on: date
    closes_on: date
    reminders: ReminderRulesOut | None = Field(description="Null: no family is reminded")
    created_at: datetime
    version: int


class AdoptionOut(Out):
    """What an adoption added. Done again, it adds who came late and voids what was open of those who left."""

    campaign_id: UUID
    classes: int = Field(description="Classes added")
    obligations: int = Field(description="Obligations added, one for each learner and party")
    voided: int = Field(description="Open obligations of learners and staff who left the school")
    without_template: int = Field(description="Classes of a level that no template of the campaign suits")
    agreements: int = Field(description="Agreements added: of the staff, and of the school with partners")
    staff_asked: int = Field(description="Members of staff who are asked to sign since")


class CommitmentBoardRowOut(Out):
    """The obligations of a school in a campaign, all parties together: live for itself, above it of the day's edition.

    A figure of an edition differs from those of all former ones by 0 or by at least 5.
    """

    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    as_of: datetime = Field(description="When the edition was made; for the school itself now")
    owed: int
    settled: int | None = Field(
        description="Signed, refused, not reached or not required. Above the school null in a first edition of few"
    )
    not_signed: int | None = Field(
        description="Refused, not reached or not required, as one number. Above the school null for 0 to 4"
    )
    classes: int
    classes_left: int | None = Field(description="Classes that are not settled")


class CommitmentCountOut(Out):
    party: Party
    owed: int
    settled: int
    signed: int


class DifferenceOut(Out):
    """A counter that differs from the rows that it counts."""

    commitment_class_id: UUID
    party: Party
    counted: CommitmentCountOut = Field(description="What the counter says")
    found: CommitmentCountOut = Field(description="What its rows say")
