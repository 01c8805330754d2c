"""Request limits: a sliding window per caller and policy, in memory, with the RateLimit headers of draft-11.

A caller without a verified token counts by address, under a keyed hash with a key of the process; no address is
stored. Each policy has buckets of its own, so that open data and guessed passwords of one address do not use up the
limit of reports.
"""

import hashlib
import secrets
import time
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Self

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.types import Scope

from app.core.problems import TOO_MANY_REQUESTS
from app.core.settings import Settings

IPV4 = 4


class Policy(StrEnum):
    """What a request counts as: one of a signed-in caller, or an anonymous one for a purpose."""

    DEFAULT = "default"
    PUBLIC = "public"
    REPORT = "report"
    DIALOGUE = "dialogue"
    SLIP = "slip"
    SIGN_IN = "sign_in"
    REFRESH = "refresh"


class RequestLimits:
    def __init__(self, per_minute: Mapping[Policy, int]) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._items = {policy: RateLimitItemPerMinute(per_minute[policy]) for policy in Policy}
        self._key = secrets.token_bytes(32)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        reports, sign_ins = settings.report_rate_limit_per_minute, settings.sign_in_rate_limit_per_minute
        return cls(
            {
                Policy.DEFAULT: settings.rate_limit_per_minute,
                Policy.PUBLIC: settings.public_rate_limit_per_minute,
                Policy.REPORT: reports,
                Policy.DIALOGUE: reports,
                Policy.SLIP: reports,
                Policy.SIGN_IN: sign_ins,
                Policy.REFRESH: sign_ins,
            }
        )

    async def hit(self, scope: Scope, policy: Policy, caller: str, *, is_shared: bool = False) -> None:
        """Count one request; raises `too_many_requests` (429). Puts the response headers into the scope.

        What is left of a shared bucket would show when somebody else behind the address reports.
        """
        item = self._items[policy]
        # Items of one size have one key: the policy is part of the identity.
        allowed = await self._limiter.hit(item, policy, caller)
        window = await self._limiter.get_window_stats(item, policy, caller)
        reset = max(1, int(window.reset_time - time.time()) + 1)
        headers = {"RateLimit-Policy": f'"{policy}";q={item.amount};w=60'}
        if not is_shared:
            headers["RateLimit"] = f'"{policy}";r={max(window.remaining, 0)};t={reset}'
        scope["athd.headers"] = headers
        if not allowed:
            raise TOO_MANY_REQUESTS(headers={"Retry-After": str(reset)})

    async def hit_anonymous(self, scope: Scope, policy: Policy = Policy.PUBLIC) -> None:
        """Count a request without a verified token; raises `too_many_requests` (429)."""
        await self.hit(scope, policy, self.anonymous(scope), is_shared=True)

    def anonymous(self, scope: Scope) -> str:
        address = _network(str((scope.get("client") or ("unknown",))[0]))
        return hashlib.blake2b(address.encode(), key=self._key, digest_size=16).hexdigest()


def _network(address: str) -> str:
    """An IPv6 /64 counts as one caller: one household has 2^64 addresses."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return address if found.version == IPV4 else str(ip_network(f"{address}/64", strict=False))
