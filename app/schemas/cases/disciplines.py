"""Discipline: what a school decided about a pupil of an incident."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.coded import InList
from app.core.scoping import Tier
from app.schemas.base import PERSON_ID, Code, DecisionNumber, Flag, In, Line, PastDate, TieredOut, example


class DisciplineIn(In):
    model_config = example(
        person_id=PERSON_ID,
        measure="self_criticism",
        level="level_2",
        decided_on="2026-10-12",
        family_confirmed=True,
    )

    person_id: UUID = Field(description="A pupil of the incident who took part in the deed")
    measure: Annotated[Code, InList("discipline_measure")] = Field(
        description="Of the list as it was on `decided_on`", examples=["reminder"]
    )
    level: Annotated[Code, InList("violation_level")] | None = Field(None, description="Circular 19/2025")
    decided_on: PastDate
    decision_number: DecisionNumber | None = None
    family_confirmed: Flag = Field(
        default=False, description="The family confirmed a self-criticism and gave its commitment (Circular 19/2025)"
    )
    note: Line | None = None


class DisciplineOut(TieredOut):
    id: UUID
    incident_id: UUID
    person_id: UUID
    measure: Annotated[str, InList("discipline_measure")]
    level: Annotated[str, InList("violation_level")] | None
    decided_on: date
    family_confirmed: bool
    decision_number: Annotated[str | None, Tier.IDENTITIES]
    note: Annotated[str | None, Tier.IDENTITIES]
    recorded_at: datetime
    withdrawn_at: datetime | None
    withdrawal: Annotated[str | None, Tier.IDENTITIES]
    version: int


class WithdrawalIn(In):
    model_config = example(reason="Kỷ luật nhầm người (ví dụ)")

    reason: Line
