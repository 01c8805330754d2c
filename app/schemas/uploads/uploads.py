"""Uploads: what is asked, how far it is, and what became of the rows."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.labels import LabelledBy
from app.schemas.base import In, Line, NextActions, Out, example
from app.schemas.uploads.flow import UploadState

UploadPolicy = Annotated[Literal["create_only", "update_only", "upsert"], LabelledBy("upload_policy")]
UploadMode = Annotated[Literal["all_or_nothing", "row_by_row"], LabelledBy("upload_mode")]
HoldReason = Literal["few_known", "many_moved", "other_school_year", "other_unit"]
MappingBasis = Annotated[Literal["request", "remembered"], LabelledBy("upload_mapping")]
ColumnMapping = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,39}:[A-Z]{1,3}$")]
TextFormat = Annotated[Literal["csv", "jsonl"], LabelledBy("text_format")]
UploadFormat = Annotated[Literal["csv", "jsonl", "xlsx", "xls"], LabelledBy("upload_format")]


class UploadRowsOut(Out):
    """The fates of the rows read so far: their sum is `read`. Before the rows are applied, those they would have."""

    read: int
    created: int
    updated: int
    same: int = Field(description="Nothing to change")
    kept: int = Field(description="Changed by hand since, and left so; `overwrite_edited` overwrites them")
    skipped: int = Field(description="Left out by the policy, or an explanation below the head")
    refused: int
    blank: int


class UploadFaultOut(Out):
    """Why the whole file was refused. Nothing of the file is quoted."""

    code: str
    text_vi: str
    text_en: str
    row: int | None = Field(description="Where the file cannot be read on, as a spreadsheet counts rows")
    columns: list[str] = Field(description="Columns of the dataset that it is about")
    choices: dict[str, list[str]] = Field(
        description="Where each of them may stand (A, B, …), for `mapping` of the next request"
    )


class UploadOut(Out):
    id: UUID
    code: str = Field(description="By which people name it")
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    dataset: str
    school_year: str | None
    policy: UploadPolicy
    mode: UploadMode
    dry_run: bool = Field(validation_alias="is_dry_run")
    overwrite_edited: bool = Field(validation_alias="overwrites_edited")
    format: UploadFormat
    state: UploadState
    progress: float = Field(description="The share of the file that the present state has read, from 0 to 1")
    rows: UploadRowsOut
    fault: UploadFaultOut | None
    columns: dict[str, str] | None = Field(description="Which column of the file (A, B, …) was taken for which")
    mapped: dict[str, MappingBasis] | None = Field(
        description="Those of `columns` that a person named: in this request, or in an earlier one"
    )
    unknown_columns: list[str] | None = Field(description="Columns with a head that is not known; they are not read")
    held_because: list[Annotated[HoldReason, LabelledBy("upload_hold")]] = Field(
        description="Why it waits for a person, or waited"
    )
    created_at: datetime
    created_by: UUID
    ended_at: datetime | None


class UploadDetailOut(UploadOut):
    next_actions: NextActions


class UploadReasonIn(In):
    model_config = example(reason="Đã đối chiếu với sổ đăng bộ: khối 6 nhập học (ví dụ)")

    reason: Line


class UploadErrorOut(Out):
    """One fault of a row. The cell is in the document of errors alone."""

    row: int = Field(description="As a spreadsheet counts, from 1")
    column: str | None = Field(description="The column of the dataset; null: the row as a whole")
    code: str
    text_vi: str
    text_en: str
    other_row: int | None = Field(description="The other row that it is about, of this file or of `other_upload_id`")
    other_upload_id: UUID | None = Field(description="Another upload of the unit, not ended then, with the same key")
    records: list[str] = Field(description="Codes of records of the unit that it is about")


class UploadMappingOut(Out):
    """A head that a person mapped to a column. Its text is not stored; it is known again where it stands in a file."""

    id: UUID
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    dataset: str
    column: str = Field(validation_alias="column_name")
    upload_id: UUID = Field(description="The upload whose request named it last")
    place: str = Field(description="Where the head stood there (A, B, …)")
    mapped_at: datetime
    mapped_by: UUID


class ReversalOut(Out):
    """How many changes a revert would make of each kind."""

    reversed: int
    kept: int = Field(description="Changed since, by hand or by a later upload")
    failed: int
    is_whole: bool = Field(description="false: of the last changes alone; there are more")


class UploadChangeOut(Out):
    """A record that a row made or changed."""

    id: UUID
    row: int = Field(validation_alias="row_number")
    transfer_state: Annotated[str, LabelledBy("learner_transfer_state")] | None = Field(
        None, description="Of a learner who came from another school: whether that school confirmed it"
    )
    fate: Annotated[Literal["created", "updated"], LabelledBy("upload_change")]
    record_id: UUID
    reversal: Annotated[Literal["reversed", "kept", "failed"], LabelledBy("upload_reversal")] | None


class DatasetColumnOut(Out):
    name: str
    head_vi: str
    head_en: str
    required: bool
    aliases: list[str]
    code_list: str | None


class DatasetOut(Out):
    code: str
    label_vi: str
    label_en: str
    school_year_required: bool
    keys: list[list[str]] = Field(
        description="Columns whose values together name a record of the unit: any of them does"
    )
    columns: list[DatasetColumnOut]
    most_rows: int | None
    all_or_nothing: bool = Field(description="false: a file of it is applied row by row alone")
    revertible: bool
