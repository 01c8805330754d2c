"""Idempotency keys and spent proofs of work."""

from datetime import datetime

from sqlalchemy import delete

from app.models.platform.requests import IdempotencyKey, SpentProof
from app.repositories.base import Repository


class RequestRepository(Repository[IdempotencyKey]):
    model = IdempotencyKey

    async def idempotency_key(self, digest: str) -> IdempotencyKey | None:
        return await self.session.get(IdempotencyKey, digest)

    async def forget_before(self, moment: datetime, proofs_before: datetime) -> None:
        await self.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < moment))
        await self.session.execute(delete(SpentProof).where(SpentProof.expires_at < proofs_before))

    async def is_spent(self, digest: str) -> bool:
        return await self.session.get(SpentProof, digest) is not None
