"""Signing in."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints

from app.core.labels import LabelledBy
from app.core.text import compact
from app.schemas.base import In, OneLine, Out, Verbatim, blank_is_absent, cleaned, example

Password = Annotated[Verbatim, StringConstraints(max_length=256)]
# Authenticator apps show and copy it as "123 456".
Otp = Annotated[str, cleaned(compact), StringConstraints(pattern=r"^[0-9]{6}$")]
Device = Annotated[OneLine, StringConstraints(max_length=100)]


class SignInIn(In):
    model_config = example(username="th.829.01.hieutruong", password="mật khẩu của bạn")  # noqa: S106 — invented

    username: Annotated[OneLine, StringConstraints(max_length=64)] = Field(examples=["so.chuyenvien"])
    password: Password
    otp: Otp | None = None
    device: Annotated[Device | None, BeforeValidator(blank_is_absent)] = Field(
        None, description="A name for the session list"
    )


class RefreshIn(In):
    model_config = example(refresh_token="mã làm mới đã nhận khi đăng nhập")  # noqa: S106 — invented

    refresh_token: Annotated[Verbatim, StringConstraints(min_length=20, max_length=200)]


class PasswordIn(In):
    model_config = example(
        old_password="mật khẩu được cấp",  # noqa: S106 — invented
        new_password="bốn từ dài khó đoán",  # noqa: S106 — invented
    )

    old_password: Password
    new_password: Password


class ActivationIn(In):
    model_config = example(
        username="can.bo.mau",
        code="7K3M9Q-2XBDM4-HHV8TA",
        new_password="bốn từ dài khó đoán",  # noqa: S106 — invented
    )

    username: Annotated[OneLine, StringConstraints(max_length=64)] = Field(examples=["so.chuyenvien"])
    code: Annotated[Verbatim, StringConstraints(max_length=64)] = Field(
        description="As printed on the slip; case, spaces and dashes do not matter"
    )
    new_password: Password


class OtpIn(In):
    model_config = example(otp="123456")

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
    role: Annotated[str, LabelledBy("role")]
    role_label: str
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    tier: int
    pending: str | None
    rights: list[str] = Field(description="Cells of the matrix, such as `incident:read`")
