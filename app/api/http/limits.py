"""Request limits: a sliding window per caller, in memory, with the RateLimit headers of draft-11.

The bucket of an anonymous caller is a keyed hash of the address under a key of the process; no address is stored.
"""

import hashlib
import secrets
import time
from ipaddress import ip_address, ip_network

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.types import Scope

from app.core.problems import TOO_MANY_REQUESTS

IPV4 = 4


class RequestLimits:
    def __init__(self, per_minute: int, public_per_minute: int) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._items = {
            "default": RateLimitItemPerMinute(per_minute),
            "public": RateLimitItemPerMinute(public_per_minute),
        }
        self._key = secrets.token_bytes(32)

    async def hit(self, scope: Scope, policy: str, caller: str) -> None:
        """Count one request; raises `too_many_requests` (429). Puts the response headers into the scope."""
        item = self._items[policy]
        allowed = await self._limiter.hit(item, caller)
        window = await self._limiter.get_window_stats(item, caller)
        reset = max(1, int(window.reset_time - time.time()) + 1)
        scope["athd.headers"] = {
            "RateLimit-Policy": f'"{policy}";q={item.amount};w=60',
            "RateLimit": f'"{policy}";r={max(window.remaining, 0)};t={reset}',
        }
        if not allowed:
            raise TOO_MANY_REQUESTS(headers={"Retry-After": str(reset)})

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
