"""Accounts of people and of systems."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.labels import LabelledBy
from app.core.vocabulary import AccountStatus
from app.schemas.base import UNIT_ID, In, Name, OneLine, Out, Patch, example
from app.security.access.roles import Role


class UserIn(In):
    model_config = example(
        username="can.bo.mau",
        full_name="Cán bộ mẫu",
        role="school_officer",
        unit_id=UNIT_ID,
    )

    username: Annotated[OneLine, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{2,62}[a-z0-9]$")]
    full_name: Name
    role: Role
    unit_id: UUID


class UserPatch(Patch):
    """A merge-patch; nothing can be cleared. A change of role, unit or status ends the user's sessions."""

    model_config = example(status="suspended")

    kept = frozenset({"full_name", "role", "unit_id", "status"})

    full_name: Name | None = None
    role: Role | None = None
    unit_id: UUID | None = None
    status: AccountStatus | None = None


class UserOut(Out):
    id: UUID
    username: str
    full_name: str
    role: Annotated[str, LabelledBy("role")]
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    status: Annotated[str, LabelledBy("account_status")]
    must_change_password: bool
    totp_enrolled_at: datetime | None
    invited_at: datetime | None = Field(description="Since when it waits for activation with a printed code")
    created_at: datetime
    version: int


class UserCreatedOut(UserOut):
    first_password: str = Field(description="Shown once; to be changed at the first sign-in")


class FirstPasswordOut(Out):
    first_password: str = Field(description="Shown once; to be changed at the next sign-in")


class ClientIn(In):
    model_config = example(name="Ứng dụng mẫu", unit_id=UNIT_ID, scopes=["incident:read"])

    name: Name
    unit_id: UUID
    scopes: list[Annotated[OneLine, StringConstraints(max_length=40)]] = Field(min_length=1, max_length=60)


class ClientOut(Out):
    id: UUID
    name: str
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    scopes: list[str]
    status: Annotated[str, LabelledBy("account_status")]
    created_at: datetime
    version: int


class ClientCreatedOut(ClientOut):
    secret: str = Field(description="Shown once; the client id is `id`")
