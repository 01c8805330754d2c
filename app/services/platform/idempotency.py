"""Idempotent requests: the Idempotency-Key header (IETF draft-07, expired 2026, still in common use)."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.database import ConstraintError, violates
from app.core.problems import NOT_FOUND
from app.core.time import next_grid_line
from app.models.platform.requests import IdempotencyKey
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.platform.requests import RequestRepository, StoredAnswer
from app.services.platform.problems import KEY_REUSED, REQUEST_IN_PROGRESS
from app.services.platform.tiers import tiers
from app.services.platform.unit_of_work import UnitOfWork

LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored answer; `view` is the caller's rights at that time, which a replay must still have."""

    status: int
    headers: dict[str, str]
    body: str
    view: dict[str, Any] = field(default_factory=dict)


class Idempotency:
    """One idempotency key in the unit of work that it protects."""

    def __init__(self, work: UnitOfWork, caller: str, method: str, path: str, key: str) -> None:
        self.work = work
        self.requests = RequestRepository(work.session)
        self.incidents = IncidentRepository(work.session)
        self.digest = _digest(caller, method, path, key)

    async def claim(self, meaning: bytes) -> Answer | None:
        """The stored answer of this key, or None for the first request.

        Raises `idempotency_key_reused` (422) for another meaning, `not_found` (404) if the caller lost access.
        """
        # With a key, because a short body can be guessed from a plain digest.
        fingerprint = hmac.digest(self.work.runtime.ring.secret("idempotency"), meaning, "sha256").hex()
        stored = await self.requests.stored_answer(self.digest)
        if stored is not None and stored.created_at <= self.work.now - LIFETIME:
            await self.requests.forget(self.digest)
        elif stored is not None:
            return await self._replay(stored, fingerprint)
        self._fingerprint = fingerprint
        return None

    async def _replay(self, stored: StoredAnswer, fingerprint: str) -> Answer:
        if stored.fingerprint != fingerprint:
            raise KEY_REUSED()
        answer = Answer(**json.loads(self.work.runtime.sealer.open(stored.answer_sealed, self.digest)))
        if not await self._still_sees(answer.view):
            raise NOT_FOUND()
        return answer

    async def _still_sees(self, view: dict[str, Any]) -> bool:
        """Whether the caller has the same role and unit, and at least the same tier for every incident."""
        if view.get("stands") != self._standing:
            return False
        then: dict[str, int] = view["tiers"]
        now = await self._tiers(await self.incidents.paths([UUID(key) for key in then])) if then else {}
        return all(now.get(key, 0) >= tier for key, tier in then.items())

    @property
    def _at(self) -> datetime:
        return self.work.now if self.work.actor_id else next_grid_line(self.work.now)

    @property
    def _standing(self) -> str | None:
        return f"{self.work.actor_role} {self.work.actor.unit_id}" if self.work.actor_id else None

    async def _tiers(self, paths: dict[UUID, str]) -> dict[str, int]:
        """The caller's tier for each visible incident."""
        seen = await tiers(self.work, [(path, key) for key, path in paths.items()]) if self.work.actor_id else []
        return {str(key): int(tier) for key, tier in zip(paths, seen, strict=False) if tier}

    async def commit(self, answer: Answer) -> None:
        """Commit the answer with its effects, so that only one of two concurrent requests has effects.

        Raises `request_in_progress` (409) if another request was first; this one rolls back.
        """
        view = {"stands": self._standing, "tiers": await self._tiers(self.work.trace().incidents)}
        text = json.dumps({"status": answer.status, "headers": answer.headers, "body": answer.body, "view": view})
        sealed = self.work.runtime.sealer.seal(text, self.digest)
        self.requests.add(
            IdempotencyKey(digest=self.digest, fingerprint=self._fingerprint, answer_sealed=sealed, created_at=self._at)
        )
        try:
            await self.work.commit()
        except ConstraintError as error:
            if violates(error, IdempotencyKey.__tablename__):
                raise REQUEST_IN_PROGRESS(headers={"Retry-After": "1"}) from error
            raise


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
