"""Baseline: a naive FastAPI + SQLAlchemy endpoint that writes the rows a signature must leave, and does nothing else.

The tables are the product's own. No token, no scope, no row-level security, no check: the class is locked, the
obligation and the counter are changed, an entry and an audit entry are added.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from app.models.audit import AuditEntry
from app.models.commitments.classes import CommitmentClass, CommitmentCount, CommitmentEntry, CommitmentObligation
from benchmarks.contestants import asyncpg_url
from benchmarks.thirteen_rows import BODY, DIGEST


class SignatureIn(BaseModel):
    learner_id: UUID
    party: str


class NaiveSigning:
    def __init__(self, url: str, connections: int) -> None:
        self._engine = create_async_engine(asyncpg_url(url), pool_size=connections, max_overflow=0)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self._app = FastAPI()
        self._app.add_api_route("/classes/{key}/signatures", self._sign, methods=["POST"], status_code=204)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://naive") as client:
            yield client
        await self._engine.dispose()

    async def _sign(self, key: UUID, body: SignatureIn) -> None:
        async with self._sessions() as session:
            await _record(session, key, body, datetime.now(UTC))
            await session.commit()


async def _locked(session: AsyncSession, key: UUID) -> CommitmentClass:
    return (await session.scalars(select(CommitmentClass).where(CommitmentClass.id == key).with_for_update())).one()


def _entry(row: CommitmentClass, obligation_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "org_path": row.org_path,
        "commitment_class_id": row.id,
        "class_id": row.class_id,
        "obligation_id": obligation_id,
        "state": "signed",
        "way": "class_sheet",
        "template_id": row.template_id,
        "signed_on": now.date(),
        "recorded_at": now,
        "recorded_by": row.opened_by,
        "key_id": row.key_id,
    }


def _audit(row: CommitmentClass, now: datetime) -> AuditEntry:
    return AuditEntry(
        unit_id=row.unit_id, org_path=row.org_path, at=now, about="record_signatures", body=BODY, digest=DIGEST
    )


async def _record(session: AsyncSession, key: UUID, body: SignatureIn, now: datetime) -> None:
    row = await _locked(session, key)
    of_class, of_party = CommitmentObligation.commitment_class_id == key, CommitmentObligation.party == body.party
    query = select(CommitmentObligation).where(of_class, of_party, CommitmentObligation.learner_id == body.learner_id)
    obligation = (await session.scalars(query)).one()
    query_count = select(CommitmentCount).where(CommitmentCount.commitment_class_id == key)
    count = (await session.scalars(query_count.where(CommitmentCount.party == body.party))).one()
    obligation.state, obligation.state_at = "signed", now
    count.settled, count.signed = count.settled + 1, count.signed + 1
    row.version += 1
    values = _entry(row, obligation.id, now)
    key_id = values.pop("key_id")
    entry = CommitmentEntry(**values)
    entry.key_id = key_id
    session.add_all([entry, _audit(row, now)])
