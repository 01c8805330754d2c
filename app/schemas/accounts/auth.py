"""Signing in."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.schemas.base import In, Out

Password = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Otp = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class SignInIn(In):
    username: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(examples=["so.chuyenvien"])
    password: Password
    otp: Otp | None = None
    device: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        None, description="A name for the session list"
    )


class RefreshIn(In):
    refresh_token: Annotated[str, StringConstraints(min_length=20, max_length=200)]


class PasswordIn(In):
    old_password: Password
    new_password: Password


class OtpIn(In):
    otp: Otp


class TokensOut(Out):
    access_token: str
    token_type: str = "Bearer"  # noqa: S105 — RFC 6749's word
    expires_in: int = Field(description="Seconds")
    refresh_token: str | None
    pending: str | None = Field(description="What must be done before any other work: password_change, totp_enrolment")


class ClientTokenOut(Out):
    access_token: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int
    scope: str


class TotpOut(Out):
    secret: str
    otpauth_uri: str


class SessionOut(Out):
    id: UUID
    device: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool = False


class MeOut(Out):
    id: UUID
    name: str
    role: str
    role_label: str
    unit_id: UUID
    tier: int
    pending: str | None
    rights: list[str] = Field(description="Cells of the matrix, such as `incident:read`")
