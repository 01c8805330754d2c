"""Agreements of a school in a campaign: of its staff with the head, and of the school with a partner."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.core.vocabulary import STAFF_AGREEMENT
from app.models.base import Base, Identified, Scoped, Versioned, follows, refers
from app.models.declarations import ITSELF, PartOf, Retained
from app.models.sealed import EncryptedField, EncryptedRow
from app.models.stored_files import StoredFile, owned_by


class CommitmentAgreement(Identified, Versioned, EncryptedRow, Scoped, Base, kw_only=True):
    """An agreement of a school in a campaign: one sheet, of one kind. `code` is printed on each page of it.

    Its key seals the scans, the names of partners' signers and the reasons of refusals.
    """

    __tablename__ = "commitment_agreement"
    __access_class__ = AccessClass.LEARNER
    __append_only__ = True
    __belongs_to__ = ITSELF
    __retained__ = Retained("commitment_agreement", holder="unit_id", began={"open": "opened_at"})
    __table_args__ = (
        follows("unit", "unit_id"),
        UniqueConstraint("id", "org_path"),
        UniqueConstraint("campaign_id", "unit_id", "kind"),
        Index(None, "org_path", "id"),
    )

    unit_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(String(24), unique=True)
    campaign_id: Mapped[UUID] = mapped_column(refers("commitment_campaign.id"))
    # As app.schemas.commitments.agreement_flow.AgreementKind.
    kind: Mapped[str] = mapped_column(String(32))
    template_id: Mapped[UUID] = mapped_column(refers("commitment_template.id"))
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID]
    destroyed_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def is_of_staff(self) -> bool:
        return self.kind == STAFF_AGREEMENT


class AgreementObligation(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """That a member of staff, or the school with its partner, is to sign; `state` follows from the last entry."""

    __tablename__ = "agreement_obligation"
    __access_class__ = AccessClass.LEARNER
    __append_only__ = True
    __belongs_to__ = (PartOf("commitment_agreement", "agreement_id"),)
    __updatable__ = ("state", "state_at", "staff_id")
    __blanked__ = ("staff_id",)
    __table_args__ = (
        follows("commitment_agreement", "agreement_id"),
        follows("staff_member", "staff_id"),
        UniqueConstraint("id", "org_path"),
        UniqueConstraint("agreement_id", "staff_id"),
        Index(None, "org_path", "id"),
    )

    agreement_id: Mapped[UUID]
    # Null for the school itself, and once the agreement is destroyed.
    staff_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(String(20))
    state_at: Mapped[datetime]
    made_at: Mapped[datetime]


class AgreementEntry(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """What was recorded of an obligation, in which way and of which version. A correction withdraws it, then adds one.

    `signed_on` is the day on the paper, `recorded_at` the server's time. Of a partner's signer the name and the
    office are recorded, nothing else.
    """

    __tablename__ = "agreement_entry"
    __access_class__ = AccessClass.LEARNER
    __append_only__ = True
    __belongs_to__ = (PartOf("commitment_agreement", "agreement_id"),)
    __updatable__ = ("withdrawn_at", "withdrawn_by", "number")
    __blanked__ = ("number",)
    __table_args__ = (
        follows("commitment_agreement", "agreement_id"),
        follows("agreement_obligation", "obligation_id"),
        follows("agreement_file", "file_id"),
        Index(None, "org_path", "id"),
        Index(None, "agreement_id"),
        Index(None, "obligation_id"),
    )

    agreement_id: Mapped[UUID]
    obligation_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(20))
    way: Mapped[str] = mapped_column(String(20))
    template_id: Mapped[UUID] = mapped_column(refers("commitment_template.id"))
    file_id: Mapped[UUID | None] = mapped_column(default=None)
    signed_on: Mapped[date]
    # The number of the signed document.
    number: Mapped[str | None] = mapped_column(String(100), default=None)
    signer_name: EncryptedField[str] = EncryptedField()
    signer_title: EncryptedField[str] = EncryptedField()
    reason: EncryptedField[str] = EncryptedField()
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    # Null for a signature that a new version asks anew.
    withdrawn_by: Mapped[UUID | None] = mapped_column(default=None)


class AgreementFile(StoredFile, kw_only=True):
    """The scan of a signed agreement."""

    __tablename__ = "agreement_file"
    __access_class__ = AccessClass.LEARNER
    __belongs_to__ = (PartOf("commitment_agreement", "agreement_id"),)
    __table_args__ = (*owned_by("commitment_agreement", "agreement_id"), UniqueConstraint("id", "org_path"))

    agreement_id: Mapped[UUID]


@dataclass(frozen=True, slots=True)
class AgreementFilter:
    campaign_id: UUID | None = None
    kind: str | None = None
    settled: bool | None = None


def part_of(row: CommitmentAgreement) -> dict[str, Any]:
    """The columns of a part of an agreement."""
    return {"agreement_id": row.id, "org_path": row.org_path}
