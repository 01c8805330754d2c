"""Campuses of a unit."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from app.schemas.base import Day, In, Name, OneLine, Patch, example
from app.schemas.learners.parts import RegisteredOut, RegistryCode

CampusAddress = Annotated[OneLine, StringConstraints(max_length=300)]


class CampusIn(In):
    model_config = example(code="CS2", name="Điểm trường số 2 (ví dụ)", valid_from="2020-09-01")

    code: RegistryCode
    name: Name
    address: CampusAddress | None = None
    valid_from: Day
    valid_to: Day | None = None


class CampusPatch(Patch):
    model_config = example(name="Điểm trường Ấp Giữa (ví dụ)")

    kept = frozenset({"name", "valid_from"})

    name: Name | None = None
    address: CampusAddress | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None


class CampusOut(RegisteredOut):
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    code: str
    name: str
    address: str | None
    valid_from: date
    valid_to: date | None
