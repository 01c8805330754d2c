"""Lineage: what one figure of a submitted version is made of."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.labels import LabelledBy
from app.schemas.base import Out
from app.schemas.reports.definitions import Formula, RollUp
from app.schemas.reports.snapshots import SnapshotFigure


class SourceOut(Out):
    name: str
    label_vi: str
    label_en: str
    rule_vi: str = Field(description="What it counts")
    rule_en: str
    counted_by: Annotated[str, LabelledBy("counted_by")]


class ChildFigureOut(Out):
    """A version below that is in the sum."""

    report_id: UUID
    report_code: str
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    version: int
    digest: str
    status: Annotated[str, LabelledBy("figure_status")] = Field(
        description="`missing` where the version has no such figure"
    )
    numerator: int | None
    denominator: int | None


class DriftOut(Out):
    """What the rows say now, beside what was submitted. Frozen figures never move."""

    numerator: int | None
    denominator: int | None
    added: int = Field(description="Rows that count now and did not")
    gone: int = Field(description="Rows that counted and do not any more, destroyed ones left out")
    destroyed: list[str | None] = Field(description="Certificates of destroyed rows; null where it is not made yet")
    added_ids: list[UUID] = Field(description="Of the added rows those that the caller reaches")


class LineageOut(Out):
    item: str
    cell: str
    version: int
    figure: SnapshotFigure
    roll_up: Annotated[RollUp, LabelledBy("roll_up")]
    formula: Formula | None
    source: SourceOut | None
    own_numerator: int | None = Field(
        description="What the unit itself counted, beside the reports below; null of a cell, whose rows are not stored"
    )
    own_denominator: int | None
    own_rows: int | None
    children: list[ChildFigureOut]
    owed: int | None = Field(description="Reports owed below; null where nobody reports to the unit")
    reported: int | None
    digest: str = Field(description="SHA-256 over all parts; the same parts give the same digest")
    is_reproduced: bool | None = Field(
        description="Whether the parts add up to the computed figure; null where it is no sum"
    )
    drift: DriftOut | None = Field(description="Of a computed total of the unit itself")
