"""Reports over the wire: what is owed, its sections while they are edited, and its versions."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.coded import InList
from app.core.labels import LabelledBy
from app.schemas.base import (
    INCIDENT_ID,
    Code,
    DecisionNumber,
    Flag,
    In,
    Integer,
    Line,
    Name,
    Narrative,
    NextActions,
    OneLine,
    Out,
    PastDate,
    blank_is_absent,
    example,
)
from app.schemas.reports.definitions import Cell, ItemCode, Section, SectionCode
from app.schemas.reports.flow import ReportState
from app.schemas.reports.snapshots import SnapshotFigure, SnapshotRule

MOST_FIGURES, MOST_ACCEPTED = 5_000, 500
SigningMode = Annotated[Literal["direct", "kt", "tm", "tl", "tuq"], LabelledBy("signing_mode")]
ReportEventKind = Literal[
    "begun",
    "submitted",
    "returned",
    "accepted",
    "locked",
    "unlock_requested",
    "unlocked",
    "issued",
    "issuance_corrected",
    "file_added",
    "file_destroyed",
    "extended",
    "reporter_named",
]
Count = Annotated[Integer, Field(ge=0, le=10**12)]
Adjustment = Annotated[Integer, Field(ge=-(10**12), le=10**12)]


class FigureIn(In):
    """One declared figure. Without a numerator it only adds to the computed one.

    What is left out of a section is the computed figure, and `missing` where nothing is counted.
    """

    item: ItemCode
    cell: Annotated[Cell | None, BeforeValidator(blank_is_absent)] = Field(
        None, description="A cell, such as `sex=female`; null or empty: the total"
    )
    numerator: Count | None = Field(None, description="A count, minutes, or 1 and 0 for yes and no")
    denominator: Count | None = Field(None, description="Of a ratio")
    not_applicable: Flag = Field(default=False, description="It does not apply to the unit; never the same as 0")
    reason: Line | None = Field(None, description="Why it differs from the computed one, or does not apply")
    comment: Line | None = None
    adjustment: Adjustment | None = Field(
        None, description="Added to the counted figure, such as the sum of those below; not beside a numerator"
    )
    previous_numerator: Count | None = Field(None, description="Of the year before, of a unit without a report in it")
    previous_denominator: Count | None = None
    previous_source: OneLine | None = Field(None, max_length=300)
    outside: Count | None = Field(None, description="Counted by another body, such as the police; it changes nothing")
    outside_source: OneLine | None = Field(None, max_length=300)
    outside_on: PastDate | None = None

    @property
    def key(self) -> tuple[str, str]:
        """The item and its cell, empty for the total."""
        return self.item, self.cell or ""


class SectionIn(In):
    """A section whole. The example is of `task_3` of the yearly form (`directive_02_yearly`)."""

    model_config = example(
        narratives={"ND3": "Tình hình ổn định (ví dụ)"},
        figures=[{"item": "N301", "numerator": 4}],
        explanations={},
    )

    narratives: dict[ItemCode, Narrative] = Field(default_factory=dict, max_length=100)
    figures: list[FigureIn] = Field(default_factory=list, max_length=MOST_FIGURES)
    explanations: dict[SectionCode, Line] = Field(
        default_factory=dict,
        max_length=200,
        description="By broken rule of this section: why it is so",
    )


class SignatureIn(In):
    """Who signs, and for whom."""

    model_config = example(signing_mode="direct", signer_name="Nguyễn Văn Minh Họa (ví dụ)")

    signing_mode: SigningMode | None = Field(
        None, description="Empty: `direct` for the head; for an acting signer the mode of the decision, and no other"
    )
    signer_title: Name | None = Field(
        None,
        description="The own title of who signs; an acting signer always names it."
        " Empty: the title of the unit, or of the head of such a unit",
    )
    signer_name: Name | None = None


class SubmissionIn(SignatureIn):
    incomplete: Flag = Field(
        default=False, description="Submit although errors are left. It counts as on time only once it is complete"
    )


class ReturnItemIn(In):
    item: ItemCode | SectionCode = Field(description="The item or the section")
    reason: Annotated[Code, InList("return_reason")]
    text: Line | None = None


class ReturnIn(In):
    """Why a report goes back. The example is of the yearly form (`directive_02_yearly`)."""

    model_config = example(items=[{"item": "TH01", "reason": "does_not_match", "text": "Đối chiếu sổ (ví dụ)"}])

    items: list[ReturnItemIn] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _once(self) -> Self:
        if len({each.item for each in self.items}) < len(self.items):
            raise PydanticCustomError(
                "named_twice", "named_twice", {"vi": "Mỗi mục chỉ nêu một lần", "en": "Each item is named once"}
            )
        return self


class ReasonIn(In):
    model_config = example(reason="Phát hiện nhầm số liệu (ví dụ)")

    reason: Line
    decision_number: DecisionNumber | None = None


class AcceptedReportIn(In):
    id: UUID
    version: Integer = Field(ge=1, description="`version` of the report as it was read")


class AcceptancesIn(In):
    model_config = example(reports=[{"id": INCIDENT_ID, "version": 3}])

    reports: list[AcceptedReportIn] = Field(min_length=1, max_length=MOST_ACCEPTED)


class AcceptanceOut(Out):
    id: UUID
    fate: Annotated[
        Literal["accepted", "not_found", "wrong_state", "stale", "not_yours", "has_explanations", "incomplete"],
        LabelledBy("acceptance_fate"),
    ]


class ReportOut(Out):
    id: UUID
    code: str
    period_id: UUID
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    recipient_id: UUID | None = Field(description="The unit that reviews it; null at the top of the chain")
    recipient_name_vi: str | None = None
    recipient_name_en: str | None = None
    state: ReportState
    due_on: date | None = Field(
        validation_alias="due_on_said", description="The day of the plan or letter; null of an urgent report"
    )
    due_at: datetime | None = Field(
        validation_alias="due_at_said",
        description="The moment after days off and extensions, by which being on time is judged; null as `due_on`",
    )
    requested_on: date | None = Field(description="An earlier wish; it makes nobody late")
    extended_on: date | None
    newest: int = Field(description="Number of its newest version; 0: none was begun")
    delivered_at: datetime | None = Field(description="The first complete submission")
    accepted_at: datetime | None
    locked_at: datetime | None
    unlock_requested_at: datetime | None
    is_stale: bool = Field(
        description="Since it was counted, the versions accepted below or a roster count of the unit changed"
    )
    updated_at: datetime
    destroyed_at: datetime | None
    version: int


class SectionHeadOut(Out):
    code: str
    label_vi: str
    label_en: str
    version: int = Field(description="Its ETag")
    edited_at: datetime
    edited_by: UUID | None


class VersionHeadOut(Out):
    number: int
    is_supplementary: bool
    is_nil: bool
    is_complete: bool | None
    explained_rules: int = Field(description="Broken rules of the strength `explain`, each with its text")
    computed_at: datetime | None
    started_at: datetime
    submitted_at: datetime | None
    submitted_by: UUID | None
    accepted_at: datetime | None
    returned_at: datetime | None
    digest: str | None = Field(description="SHA-256 of the canonical snapshot")


class ReportDetailOut(ReportOut):
    template_id: UUID
    school_year: str
    term: Annotated[str, LabelledBy("school_term")] | None
    extension_reason: str | None
    extension_decision: str | None
    versions: list[VersionHeadOut]
    sections: list[SectionHeadOut] = Field(description="Of the newest version, while the caller may read it")
    next_actions: NextActions


class SectionOut(Out):
    code: str
    definition: Section
    narratives: dict[str, str]
    figures: list[SnapshotFigure]
    broken_rules: list[SnapshotRule] = Field(description="Those of this section")
    returned: list[ReturnItemIn] = Field(description="Why the last version was returned, of this section")
    edited_at: datetime
    version: int


class SectionDetailOut(SectionOut):
    next_actions: NextActions


class VersionOut(VersionHeadOut):
    narratives: dict[str, str]
    figures: list[SnapshotFigure]
    broken_rules: list[SnapshotRule]
    returned: list[ReturnItemIn]
    changed: list[str] = Field(description="Items that differ from the version submitted before")


class ReportEventOut(Out):
    id: UUID
    kind: Annotated[ReportEventKind, LabelledBy("report_event")]
    data: dict[str, object]
    reason: str | None
    decision_number: str | None
    at: datetime
    by_id: UUID | None
    by_role: Annotated[str, LabelledBy("role")] | None


class ConsolidatedFigureOut(Out):
    item: str
    cell: str
    numerator: int | None
    denominator: int | None


class ConsolidationOut(Out):
    """What a report would count now: its unit's own figures and those of the reports below. Nothing is imputed."""

    with_submitted: bool = Field(description="Also versions that are submitted and not accepted")
    owed: int = Field(description="Reports owed below")
    reported: int = Field(description="Those that are in the sums")
    figures: list[ConsolidatedFigureOut]
