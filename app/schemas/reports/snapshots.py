"""What a submitted version of a report is, whole: every document is rendered from it, now and years later."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.labels import LabelledBy
from app.schemas.reports.definitions import Definition

FigureStatus = Annotated[
    Literal["computed", "declared", "not_applicable", "hidden", "missing"], LabelledBy("figure_status")
]
# Far beyond what anybody submits, and within every engine's integers.
VersionNumber = Annotated[int, Field(ge=1, le=10_000)]


class Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SnapshotUnit(Frozen):
    """A unit as it was named at the submission."""

    id: UUID
    name_vi: str
    name_en: str | None
    code: str | None
    levels: list[str]
    ownership: str | None


class SnapshotFigure(Frozen):
    """One figure or one cell of it. Ratios in their two parts, durations in minutes, yes and no as 1 and 0."""

    item: str
    cell: str = ""
    status: FigureStatus
    numerator: int | None = None
    denominator: int | None = None
    computed_numerator: int | None = None
    computed_denominator: int | None = None
    overlap: int | None = None
    adjustment: int | None = None
    previous_numerator: int | None = None
    previous_denominator: int | None = None
    outside: int | None = None
    outside_source: str | None = None
    outside_on: date | None = None
    reason: str | None = None
    comment: str | None = None


class SnapshotRule(Frozen):
    """A rule that the version breaks, and its explanation."""

    code: str
    section: str = Field("", description="Where it is shown and explained: the section of the first item it compares")
    strength: Annotated[Literal["error", "warning", "explain"], LabelledBy("strength")]
    text_vi: str
    text_en: str
    explanation: str | None = None


class SnapshotCoverage(Frozen):
    """Of a consolidated report: how many of the reports owed below are in it, and which versions."""

    owed: int
    reported: int
    versions: list[str] = Field(default_factory=list, description="Digests of the versions below, sorted")


class SnapshotLabel(Frozen):
    """A code of a cell, and the words that it is printed by."""

    list: str
    code: str
    label_vi: str


class Snapshot(Frozen):
    format: Literal[1] = 1
    report_id: UUID
    code: str
    version: int
    is_supplementary: bool
    is_nil: bool
    template_code: str
    template_number: int
    definition: Definition
    # Of the lists by which its figures are broken down, in their order.
    labels: list[SnapshotLabel]
    school_year: str
    term: str | None
    period_kind: str
    starts_on: date
    ends_on: date
    cut_off_at: datetime
    due_on: date | None
    due_at: datetime | None
    letter_number: str | None = None
    letter_issuer: str | None = None
    letter_issued_on: date | None = None
    unit: SnapshotUnit
    recipient: SnapshotUnit | None
    # The superior body printed over the issuing one (Decree 30/2020).
    superior_name_vi: str | None
    place: str | None
    signing_mode: str | None = None
    signer_title: str | None
    signer_name: str | None
    submitted_at: datetime
    figures: list[SnapshotFigure]
    narratives: dict[str, str]
    broken_rules: list[SnapshotRule]
    coverage: SnapshotCoverage | None = None

    def members(self) -> dict[str, Any]:
        """Those that it was stored with: one that the form has gained since is not filled in."""
        return self.model_dump(mode="json", exclude_unset=True)
