"""Requests that count once: the Idempotency-Key header (IETF draft-07, expired 2026; still what clients send)."""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.core.problems import KEY_REUSED, NOT_FOUND, REQUEST_IN_PROGRESS
from app.models.requests import IdempotencyKey
from app.repositories.incidents import IncidentRepository
from app.repositories.requests import RequestRepository
from app.security.trace import trace_of
from app.services.work import Work

LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Answer:
    """`incidents` are those that the caller saw with it and must still see to be answered so again."""

    status: int
    headers: dict[str, str]
    body: str
    incidents: tuple[str, ...] = ()


class Idempotency:
    """One key's claim inside the unit of work whose effects it guards."""

    def __init__(self, work: Work, caller: str, method: str, path: str, key: str) -> None:
        self.work = work
        self.requests = RequestRepository(work.session)
        self.digest = _digest(caller, method, path, key)

    async def claim(self, body: bytes) -> Answer | None:
        """The first answer to this key, or None where this request is the first.

        Raises `idempotency_key_reused` (422) for another body.
        """
        fingerprint = hashlib.sha256(body).hexdigest()
        known = await self.requests.idempotency_key(self.digest)
        if known is not None and known.created_at <= self.work.now - LIFETIME:
            await self.work.session.delete(known)
            await self.work.flush()
            known = None
        if known is not None:
            return await self._recall(known, fingerprint)
        self._fingerprint = fingerprint
        return None

    async def _recall(self, known: IdempotencyKey, fingerprint: str) -> Answer:
        if known.fingerprint != fingerprint:
            raise KEY_REUSED()
        answer = Answer(**json.loads(self.work.runtime.sealer.open(known.answer_sealed, self.digest)))
        seen = {UUID(each) for each in answer.incidents}
        if seen and not await IncidentRepository(self.work.session).are_seen(seen):
            raise NOT_FOUND()
        return answer

    async def remember(self, answer: Answer) -> None:
        """Keep the answer in the transaction of its effects, so that of two at once only one has any.

        Raises `request_in_progress` (409) where another was first; all that this request did is undone.
        """
        await self.work.flush()
        seen = sorted(str(each) for each in trace_of(self.work.session).seen_within(self.work.scope.case_read))
        text = json.dumps({"status": answer.status, "headers": answer.headers, "body": answer.body, "incidents": seen})
        sealed = self.work.runtime.sealer.seal(text, self.digest)
        self.requests.add(
            IdempotencyKey(
                digest=self.digest, fingerprint=self._fingerprint, answer_sealed=sealed, created_at=self.work.now
            )
        )
        try:
            await self.work.flush()
        except IntegrityError as error:
            raise REQUEST_IN_PROGRESS(headers={"Retry-After": "1"}) from error


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
