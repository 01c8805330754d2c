"""An agreement of a school over the wire: who is to sign it, and what is recorded of them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.schemas.base import In, Line, Name, NextActionOut, OneLine, Out, PastDate, example
from app.schemas.commitments.agreement_flow import AgreementKind, AgreementRecorded, AgreementState, AgreementWay
from app.schemas.stored_files import StoredFileOut

STAFF_ID = "01994c2a-7b1e-7c00-8000-000000000007"
# The staff of a large school.
MOST_ROWS = 300
Number = Annotated[OneLine, StringConstraints(max_length=100)]


class AgreementSignatureIn(In):
    staff_id: UUID | None = Field(None, description="Of an agreement of staff; left out where the school itself signs")
    state: AgreementRecorded
    reason: Line | None = Field(None, description="Of a refusal, for the head alone")


class PartnerSignerIn(In):
    """Who signed for the partner: an office, without an identity number or an address."""

    name: Name
    title: Name


class AgreementSignaturesIn(In):
    model_config = example(way="paper", signed_on="2026-09-07", rows=[{"staff_id": STAFF_ID, "state": "signed"}])

    way: AgreementWay
    signed_on: PastDate = Field(description="The day on the paper")
    template_id: UUID | None = Field(
        None, description="The version on the paper; left out, that of the agreement. One that is superseded is refused"
    )
    file_id: UUID | None = Field(
        None,
        description="The scan, added to the agreement before; of what was signed elsewhere the PDF, whose signature is"
        " not judged",
    )
    number: Number | None = Field(None, description="Of the signed document, such as 15/QCPH")
    partner_signer: PartnerSignerIn | None = Field(None, description="Needed where a partner signed; not of staff")
    rows: list[AgreementSignatureIn] = Field(min_length=1, max_length=MOST_ROWS)


class AgreementWithdrawalIn(In):
    staff_id: UUID | None = Field(None, description="Left out where the school itself signs")


class AgreementWithdrawalsIn(In):
    model_config = example(rows=[{"staff_id": STAFF_ID}])

    rows: list[AgreementWithdrawalIn] = Field(min_length=1, max_length=MOST_ROWS)


class AgreementObligationOut(Out):
    staff_id: UUID | None = Field(description="Null where the school itself signs")
    full_name: str | None
    state: AgreementState
    state_at: datetime
    signed_on: date | None = Field(description="Of the signature that stands")
    number: str | None = Field(description="Of the document that was signed")


class AgreementOut(Out):
    id: UUID
    code: str = Field(description="Printed on each page of the sheet")
    campaign_id: UUID
    kind: AgreementKind
    template_id: UUID
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    owed: int = Field(description="Signatures of staff, or 1: the school's with its partner")
    settled: int
    signed: int
    opened_at: datetime
    destroyed_at: datetime | None
    version: int


class AgreementDetailOut(AgreementOut):
    obligations: list[AgreementObligationOut] = Field(description="Of staff by given name")
    next_actions: list[NextActionOut]


class AgreementEntryOut(Out):
    id: UUID
    staff_id: UUID | None
    state: AgreementState
    way: AgreementWay
    template_id: UUID = Field(description="The version that was signed")
    file_id: UUID | None
    signed_on: date
    number: str | None
    signer_name: str | None = Field(description="Who signed for the partner")
    signer_title: str | None
    reason: str | None = Field(description="Null for all but the head")
    recorded_at: datetime
    recorded_by: UUID
    withdrawn_at: datetime | None
    withdrawn_by: UUID | None = Field(description="Null where a new version of the text is to be signed")


class AgreementBoardRowOut(Out):
    """Whether a school has an agreement with a partner. Of its staff no level above sees a figure here."""

    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    kind: AgreementKind
    is_signed: bool


class AgreementFileOut(StoredFileOut):
    agreement_id: UUID
