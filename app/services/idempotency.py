"""Requests that count once: the Idempotency-Key header (IETF draft-07, expired 2026; still what clients send)."""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import IntegrityError

from app.core.problems import KEY_REUSED, REQUEST_IN_PROGRESS
from app.models.requests import IdempotencyKey
from app.repositories.requests import RequestRepository
from app.services.work import Work

LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str


class Idempotency:
    """One key's claim inside the unit of work whose effects it guards."""

    def __init__(self, work: Work, caller: str, method: str, path: str, key: str) -> None:
        self.work = work
        self.requests = RequestRepository(work.session)
        self.digest = _digest(caller, method, path, key)

    async def claim(self, body: bytes) -> Answer | None:
        """The first answer to this key, or None where this request is the first.

        Raises `idempotency_key_reused` (422) for another body, `request_in_progress` (409) where the first still runs.
        """
        fingerprint = hashlib.sha256(body).hexdigest()
        known = await self.requests.idempotency_key(self.digest)
        if known is not None and known.created_at <= self.work.now - LIFETIME:
            await self.work.session.delete(known)
            await self.work.flush()
            known = None
        if known is not None:
            return self._recall(known, fingerprint)
        self._row = IdempotencyKey(digest=self.digest, fingerprint=fingerprint, created_at=self.work.now)
        self.requests.add(self._row)
        try:
            await self.work.flush()
        except IntegrityError as error:
            raise REQUEST_IN_PROGRESS(headers={"Retry-After": "1"}) from error
        return None

    def _recall(self, known: IdempotencyKey, fingerprint: str) -> Answer:
        if known.fingerprint != fingerprint:
            raise KEY_REUSED()
        if known.answer_sealed is None:
            raise REQUEST_IN_PROGRESS(headers={"Retry-After": "1"})
        return Answer(**json.loads(self.work.runtime.sealer.open(known.answer_sealed, self.digest)))

    def remember(self, answer: Answer) -> None:
        text = json.dumps({"status": answer.status, "headers": answer.headers, "body": answer.body})
        self._row.answer_sealed = self.work.runtime.sealer.seal(text, self.digest)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
