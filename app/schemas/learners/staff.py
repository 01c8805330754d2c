"""Staff of a unit with their posts."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.coded import InList
from app.schemas.base import Code, Day, In, Name, Patch, example
from app.schemas.learners.parts import PeriodOut, RegisteredOut, RegistryCode

Post = Annotated[Code, InList("staff_post")]


class PostIn(In):
    model_config = example(post="teacher", valid_from="2026-08-15")

    post: Post
    valid_from: Day
    valid_to: Day | None = None


class PostPatch(Patch):
    model_config = example(valid_to="2027-06-01")

    kept = frozenset({"valid_to"})

    valid_to: Day | None = None


class PostOut(PeriodOut):
    id: UUID
    post: Annotated[str, InList("staff_post")]
    recorded_at: datetime


class StaffMemberIn(In):
    model_config = example(
        full_name="Lê Văn Ví Dụ", code="0000000002", posts=[{"post": "teacher", "valid_from": "2026-08-15"}]
    )

    full_name: Name
    code: RegistryCode | None = Field(None, description="Of the national database")
    user_id: UUID | None = Field(None, description="The person's account at the unit")
    posts: list[PostIn] = Field(default_factory=list, max_length=10)


class StaffMemberPatch(Patch):
    model_config = example(full_name="Lê Văn Ví Dụ Mới")

    kept = frozenset({"full_name"})

    full_name: Name | None = None
    code: RegistryCode | None = None
    user_id: UUID | None = None


class StaffMemberOut(RegisteredOut):
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    full_name: str
    code: str | None
    user_id: UUID | None
    posts: list[PostOut]
