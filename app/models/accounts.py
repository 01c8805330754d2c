"""Accounts of people and systems, their sessions, and the throttle against guessing."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.core.scoping import AccessClass
from app.core.vocabulary import AccountStatus
from app.models.base import Base, Codes, Identified, Platform, Scoped, Versioned, follows, refers


class SubjectKind(StrEnum):
    USER = "user"
    CLIENT = "client"


class _Account(Identified, Versioned, Scoped, kw_only=True):
    """Columns common to users and clients. Each change of rights raises `epoch`, which invalidates older tokens."""

    __access_class__ = AccessClass.ACCOUNT

    unit_id: Mapped[UUID]
    status: Mapped[AccountStatus] = mapped_column(String(16), default=AccountStatus.ACTIVE)
    epoch: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805
        return (
            follows("unit", "unit_id"),
            Index(None, "org_path", "id"),
        )


class User(_Account, Base, kw_only=True):
    __tablename__ = "user_account"

    username: Mapped[str] = mapped_column(String(64), unique=True)
    full_name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(32))
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=True)
    totp_sealed: Mapped[str | None] = mapped_column(String(400), default=None)
    totp_enrolled_at: Mapped[datetime | None] = mapped_column(default=None)
    totp_last_step: Mapped[int] = mapped_column(default=0)
    # Since when it waits for activation by a printed code. Only a keyed digest of the code is stored.
    invited_at: Mapped[datetime | None] = mapped_column(default=None)
    activation_digest: Mapped[str | None] = mapped_column(String(64), default=None)
    activation_expires_at: Mapped[datetime | None] = mapped_column(default=None)
    # Never activated: the upload that made it was reverted.
    invitation_withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    # A former member of a unit cannot see cases in which its staff are accused (security/access/scope.py).
    former_unit_ids: Mapped[Codes] = mapped_column(default_factory=list)


class Client(_Account, Base, kw_only=True):
    """A script or system that signs in with client credentials (RFC 6749 section 4.4)."""

    __tablename__ = "client_account"

    name: Mapped[str] = mapped_column(String(200))
    secret_digest: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[Codes] = mapped_column(default_factory=list)


class SignIn(Identified, Platform, Base, kw_only=True):
    """One signed-in device: the family of its refresh tokens."""

    __tablename__ = "sign_in"
    __table_args__ = (Index(None, "subject_id"),)

    subject_id: Mapped[UUID]
    subject_kind: Mapped[SubjectKind] = mapped_column(String(8))
    device: Mapped[str | None] = mapped_column(String(100), default=None)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class RefreshToken(Platform, Base, kw_only=True):
    """Single-use; only its digest is stored. A second use means theft and revokes the family (RFC 9700 4.14).

    For seconds a used token holds its unused successor, sealed, for a client that did not receive the answer.
    """

    __tablename__ = "refresh_token"
    __audited__ = False

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    sign_in_id: Mapped[UUID] = mapped_column(refers("sign_in.id"), index=True)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)
    successor_sealed: Mapped[str | None] = mapped_column(String(200), default=None)


class LoginThrottle(Platform, Base, kw_only=True):
    """Failures by keyed digest of the username, existing or not, so that no response reveals which exist."""

    __tablename__ = "login_throttle"
    __audited__ = False

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    blocked_until: Mapped[datetime | None] = mapped_column(default=None)
    updated_at: Mapped[datetime]
