"""What a process remembers of signed-in accounts, and how a revocation reaches it at once."""

import asyncio
from typing import NamedTuple
from uuid import UUID

from app.security.access.principal import Principal
from app.services.platform.unit_of_work import UnitOfWork


class InFlight(NamedTuple):
    """A look-up in progress, with its start on the monotonic clock."""

    began: float
    task: asyncio.Task[Principal]


class PrincipalCache:
    """Principals by token with the moment on the monotonic clock until which they count, and look-ups in progress."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[float, Principal]] = {}
        self.in_flight: dict[str, InFlight] = {}

    def forget(self, account_id: UUID) -> None:
        # A look-up in flight may have read the previous state.
        self.in_flight.clear()
        for token in [t for t, (_, principal) in self.known.items() if principal.id == account_id]:
            del self.known[token]


def forget_after_commit(work: UnitOfWork, account_id: UUID) -> None:
    """Let this process read the account again after the commit of the change.

    Call it beside the change and after every earlier commit: the next commit uses the callback up.
    """
    cache = work.runtime.cache(PrincipalCache)
    work.after_commit(lambda: cache.forget(account_id))
