"""Incidents shared outside their line."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, Index, or_
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Scoped, follows, refers
from app.models.declarations import PartOf
from app.models.openings import Named
from app.models.sealed import EncryptedField, EncryptedRow


class CaseGrant(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """An incident shared with a unit or a user outside its line, up to a tier and until a time."""

    __tablename__ = "case_grant"
    __access_class__ = AccessClass.CASE
    __opened_by__ = (Named(unit="grantee_unit_id", user="grantee_user_id"),)
    __belongs_to__ = (PartOf("incident", "incident_id"),)
    __table_args__ = (
        follows("incident", "incident_id"),
        CheckConstraint("(grantee_unit_id IS NULL) <> (grantee_user_id IS NULL)", name="one_grantee"),
        Index(None, "incident_id", "org_path"),
        Index("ix_case_grant_unit", "grantee_unit_id", "expires_at"),
        Index("ix_case_grant_user", "grantee_user_id", "expires_at"),
    )

    incident_id: Mapped[UUID]
    grantee_unit_id: Mapped[UUID | None] = mapped_column(refers("unit.id"), default=None)
    grantee_user_id: Mapped[UUID | None] = mapped_column(refers("user_account.id"), default=None)
    tier: Mapped[int]
    reason: EncryptedField[str] = EncryptedField()
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(default=None)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    # Ended by decision or because the grantee left: undoing a merge does not restore it.
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


def granted_to(
    unit_id: UUID | ColumnElement[UUID], user_id: UUID | ColumnElement[UUID], now: datetime | ColumnElement[datetime]
) -> ColumnElement[bool]:
    """Whether a grant to the unit or to the user is in force."""
    return (
        or_(CaseGrant.grantee_unit_id == unit_id, CaseGrant.grantee_user_id == user_id)
        & CaseGrant.revoked_at.is_(None)
        & (CaseGrant.expires_at > now)
    )
