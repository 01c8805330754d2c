"""Retention: classes, levels, holds, the preview, and certificates of destruction."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.scoping import Tier
from app.schemas.base import (
    Code,
    Day,
    DecisionNumber,
    In,
    Integer,
    Line,
    LocalRuleIn,
    LocalRuleOut,
    Out,
    TieredOut,
    example,
)


class RetentionClassOut(Out):
    code: str
    label_vi: str
    label_en: str
    covers: str = Field(description="The kind of record, such as `incident` or `informant`")
    starts_on: str = Field(description="The event from which the period counts")
    months: int
    minimum_months: int | None = Field(description="The law's least period, where one is known or assumed")
    minimum_is_confirmed: bool = Field(description="false: it refuses nothing, and is shown to the decider")
    minimum_source: str | None
    floor_months: int | None = Field(description="The product's floor, below which no department shortens a default")
    is_confirmed: bool = Field(
        description="false: the product's default; nothing is destroyed before a department sets a period"
    )
    source: str
    valid_from: date
    valid_to: date | None


class LocalRetentionIn(LocalRuleIn):
    model_config = example(
        class_code="closed_incident", months=240, decision_number="12/QĐ-SGDĐT", valid_from="2026-09-01"
    )

    class_code: Code = Field(examples=["closed_incident"])
    months: Integer = Field(ge=1, le=1200, examples=[120])


class LocalRetentionOut(LocalRuleOut):
    class_code: str
    months: int


class RetentionHoldIn(In):
    model_config = example(reason="Tòa án yêu cầu giữ hồ sơ (ví dụ)")

    reason: Line = Field(description="Why the case must stay; sealed with it")
    decision_number: DecisionNumber | None = None
    until: Day | None = Field(None, description="The last day of the hold; until it is lifted if left out")


class RetentionHoldOut(TieredOut):
    id: UUID
    incident_id: UUID
    reason: Annotated[str | None, Tier.IDENTITIES]
    decision_number: Annotated[str | None, Tier.CIRCUMSTANCES]
    until: date | None
    placed_at: datetime
    placed_by: UUID
    by_unit_id: UUID
    by_unit_name_vi: str | None = None
    by_unit_name_en: str | None = None
    lifted_at: datetime | None
    lifted_by: UUID | None


class DueOut(Out):
    """A record whose period is over by the end of the month."""

    id: UUID
    code: str
    class_code: str
    covers: str
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    due_on: date
    decision: str = Field(description="The decision's number, or the default's source")
    is_decided: bool = Field(description="false: nothing is destroyed before a department decides on the period")
    is_held: bool = Field(description="Blocked by a legal hold")


class DueCountOut(Out):
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    class_code: str
    count: int
    held: int
    undecided: int


class PreviewOut(Out):
    counts: list[DueCountOut] = Field(description="Of the whole month, on every page")
    items: list[DueOut]
    next_cursor: str | None = Field(None, description="Pass as `cursor` for the next page; null on the last")


class CertificateOut(Out):
    id: UUID
    number: str
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    class_code: str
    basis: str = Field(description="`schedule` or `subject_request`")
    request_id: UUID | None
    decision: str = Field(description="The decision, or `ledger` where the certificate was made anew after a restore")
    decided_by: UUID | None = Field(description="The account that ordered it; null for the schedule")
    issued_at: datetime
    counts: dict[str, int] = Field(description="Destroyed keys by the kind of record")
    ledger_first: int
    ledger_last: int


class CertificateDetailOut(CertificateOut):
    key_digests: list[str] = Field(description="SHA-256 of the id of each destroyed key")
    ledger_head: str = Field(description="SHA-256 of the ledger's line `ledger_last`, which chains all before it")
