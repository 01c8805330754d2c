"""Idempotency keys and spent proofs of work."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete

from app.models.platform.requests import IdempotencyKey, SpentProof
from app.repositories.base import Repository
from app.security.access.lookups import STORED_ANSWER


class StoredAnswer(NamedTuple):
    fingerprint: str
    answer_sealed: str
    created_at: datetime


class RequestRepository(Repository[IdempotencyKey]):
    model = IdempotencyKey

    async def stored_answer(self, digest: str) -> StoredAnswer | None:
        found = (await self.session.execute(STORED_ANSWER, {"digest": digest})).first()
        return None if found is None else StoredAnswer(*found)

    async def forget(self, digest: str) -> None:
        await self.session.execute(delete(IdempotencyKey).where(IdempotencyKey.digest == digest))

    async def forget_before(self, moment: datetime, proofs_before: datetime) -> None:
        await self.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < moment))
        await self.session.execute(delete(SpentProof).where(SpentProof.expires_at < proofs_before))

    async def is_spent(self, digest: str) -> bool:
        return await self.session.get(SpentProof, digest) is not None
