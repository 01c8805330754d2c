"""Files of a report over the wire."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.labels import LabelledBy
from app.schemas.stored_files import StoredFileOut

Purpose = Annotated[Literal["evidence", "issued"], LabelledBy("report_file_purpose")]


class ReportFileOut(StoredFileOut):
    report_id: UUID
    purpose: Purpose
    item: str | None = Field(description="The item of the template that the evidence is for")
    number: int = Field(description="Of the version: evidence stays with the versions after it as well")
    version_digest: str | None = Field(description="Of the version that was issued: SHA-256 of its canonical snapshot")
