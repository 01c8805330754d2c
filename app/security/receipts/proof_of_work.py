"""Proof of work for intakes without an account (ALTCHA, self-hosted). It slows a flood and never refuses a child."""

import asyncio
import base64
import hashlib
import json
import time
from collections import deque
from datetime import datetime, timedelta
from typing import Any

from app.core.time import utc_now

LIFETIME = timedelta(minutes=20)
HOUR_S = 3600.0
HARDEST = 16
LONGEST_DELAY_S = 5.0
PROVEN, UNPROVEN = "proven", "unproven"


class ProofOfWork:
    """Challenges whose difficulty grows with the intakes of the last hour. Counts are per process and anonymous."""

    def __init__(self, key: bytes, cost: int, calm_per_hour: int) -> None:
        self._key = key.hex()
        self._cost = cost
        self._calm = calm_per_hour
        self._seen: deque[float] = deque(maxlen=100_000)

    def challenge(self) -> dict[str, Any]:
        from altcha import v1 as altcha

        made = altcha.create_challenge(
            altcha.ChallengeOptions(
                algorithm="SHA-256",
                max_number=self._cost * self.pressure(),
                hmac_key=self._key,
                expires=self.expiry(),
            )
        )
        return dict(made.to_dict())

    def verify(self, proof: str | None) -> str | None:
        """The digest of a solved challenge, to store so that it counts once; None without a valid solution."""
        from altcha import v1 as altcha

        if proof is None:
            return None
        try:
            payload = json.loads(base64.b64decode(proof, validate=True))
            solved, _ = altcha.verify_solution(payload, self._key, check_expires=True)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
            return None
        return hashlib.sha256(str(payload["salt"]).encode()).hexdigest() if solved else None

    def pressure(self) -> int:
        """1 at normal load; doubles with each doubling of the hour's intakes, up to 16."""
        self._forget()
        busy, factor = len(self._seen) / self._calm, 1
        while busy > 1 and factor < HARDEST:
            busy, factor = busy / 2, factor * 2
        return factor

    async def take(self, *, proven: bool) -> None:
        """Count one intake; an unproven one waits, longer under load."""
        self._seen.append(time.monotonic())
        if not proven:
            await asyncio.sleep(min(0.2 * (self.pressure() - 1), LONGEST_DELAY_S))

    def expiry(self) -> datetime:
        return utc_now() + LIFETIME

    def _forget(self) -> None:
        limit = time.monotonic() - HOUR_S
        while self._seen and self._seen[0] < limit:
            self._seen.popleft()
