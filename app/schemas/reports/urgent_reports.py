"""Urgent reports on an incident over the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.scoping import Tier
from app.schemas.base import In, Narrative, NextActions, TieredOut, example
from app.schemas.reports.definitions import ItemCode
from app.schemas.reports.reports import SignatureIn


class UrgentReportIn(In):
    model_config = example(narratives={"DX1": "Diễn biến vụ việc (ví dụ)", "DX2": "Biện pháp đã thực hiện (ví dụ)"})

    narratives: dict[ItemCode, Narrative] = Field(
        max_length=100, description="By item of the template, without names of persons. An item left out is empty"
    )


class UrgentSubmissionIn(SignatureIn):
    """An urgent report is complete, or it is not submitted."""


class UrgentReportOut(TieredOut):
    """One version: its text belongs to the incident, its times and hash to the report."""

    id: UUID
    incident_id: UUID
    report_id: UUID
    report_code: str = ""
    unit_id: UUID = Field(description="The unit that drafts and submits it: the holder of that time")
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    number: int = Field(description="1, and more for each later development")
    narratives: Annotated[dict[str, str] | None, Tier.CIRCUMSTANCES] = Field(description="By item of the template")
    salt: Annotated[str | None, Tier.CIRCUMSTANCES] = Field(description="Of the hash: 32 characters")
    digest: str | None = Field(
        description="SHA-256 of `salt` as it is written, followed by the JSON document; null of a draft"
    )
    started_at: datetime
    edited_at: datetime
    submitted_at: datetime | None
    received_at: datetime | None = Field(None, description="When the unit above accepted it")
    version: int
    next_actions: NextActions
