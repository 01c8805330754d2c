"""Baseline: a naive FastAPI + ORM endpoint that writes the rows an intake must leave, and does nothing else.

The ten tables are the product's own; the values are constants. No token, no scope, no row-level security, no
encryption, no lookup, no code checked. What the product adds to that is what its ratio to this baseline says; what
this baseline loses against the one-table ones is the price of the rows themselves.
"""

import os
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from app.models.audit import AuditEntry, AuditSubject
from app.models.base import Base
from app.models.cases.clocks import Clock
from app.models.cases.incidents import Incident, IncidentEvent, IncidentPerson
from app.models.intakes.intakes import Intake, IntakeLink
from app.models.platform.data_keys import DataKey
from app.models.platform.requests import IdempotencyKey
from benchmarks.thirteen_rows import ANSWER, BODY, CLOCKS, DIGEST, PATH, SEALED, UNIT, WRAPPED

engine = create_async_engine(os.environ["BENCH_DATABASE_URL"], pool_size=16, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


class IntakeIn(BaseModel):
    source_channel: str
    group: str
    forms: list[str]
    place: str
    narrative: str


class TakenOut(BaseModel):
    id: UUID
    incident_id: UUID


def rows(body: IntakeIn, now: datetime) -> tuple[Intake, Incident, list[Base]]:
    """An intake, its incident, and what belongs to them: thirteen rows of ten tables."""
    keys = [DataKey(wrapping="bench", wrapped=WRAPPED, created_at=now) for _ in range(2)]
    custody: dict[str, Any] = {"holder_id": UNIT, "org_path": PATH, "unit_id": UNIT, "received_at": now}
    intake = Intake(code=uuid4().hex[:24], source_channel=body.source_channel, lane="staff", recorded_at=now, **custody)
    incident = Incident(
        code=uuid4().hex[:24], state="received", group=body.group, forms=body.forms, created_at=now, **custody
    )
    within: dict[str, Any] = {"incident_id": incident.id, "org_path": PATH}
    person = IncidentPerson(role="victim", kind="pupil", unit_id=UNIT, sex="female", estimated_age=12, **within)
    for row, key in ((intake, keys[0]), (incident, keys[1]), (person, keys[1])):
        row.sealed, row.key_id = SEALED, key.id
    entry = AuditEntry(unit_id=UNIT, org_path=PATH, at=now, about="create_intake", body=BODY, digest=DIGEST)
    return (
        intake,
        incident,
        [
            *keys,
            person,
            IntakeLink(intake_id=intake.id, linked_at=now, **within),
            IncidentEvent(kind="opened", data={"state": "received"}, at=now, **within),
            *(_clock(code, now, within) for code in CLOCKS),
            entry,
            *(AuditSubject(entry_id=entry.id, subject_id=each.id) for each in (intake, incident)),
            IdempotencyKey(digest=uuid4().hex * 2, fingerprint=DIGEST, answer_sealed=ANSWER, created_at=now),
        ],
    )


def _clock(code: str, now: datetime, within: dict[str, Any]) -> Clock:
    return Clock(
        rule_code=code,
        label_vi="Thời hạn",
        label_en="A limit",
        source="benchmark",
        calendar="benchmark",
        escalates=True,
        started_on="receipt",
        met_by=["acknowledged"],
        started_at=now,
        due_at=now + timedelta(hours=12),
        **within,
    )


@app.post("/intakes", status_code=201, response_model=TakenOut)
async def create_intake(body: IntakeIn) -> TakenOut:
    async with sessions() as session:
        await _save(session, found := rows(body, datetime.now(UTC)))
    return TakenOut(id=found[0].id, incident_id=found[1].id)


async def _save(session: AsyncSession, found: tuple[Intake, Incident, list[Base]]) -> None:
    intake, incident, others = found
    session.add_all([intake, incident, *others])
    await session.commit()
