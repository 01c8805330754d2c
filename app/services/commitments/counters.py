"""The counters of classes: changed with each state in its own transaction, and compared with the rows every night."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog

from app.core.vocabulary import COMMITMENT_VOID as VOID
from app.models.commitments.classes import CommitmentCount, CommitmentObligation
from app.repositories.commitments.classes import Counted, CountRepository
from app.schemas.commitments.flow import SETTLED
from app.services.platform.unit_of_work import UnitOfWork

log = structlog.get_logger()
SIGNED = "signed"
# As many differences are listed: one is already an alarm.
MOST: Final = 1000


def shift(count: CommitmentCount, before: str | None, after: str, times: int = 1) -> None:
    """Count obligations that came from one state to another; `before` is None for new ones.

    The class is locked: its counters change one by one. The database refuses settled beyond owed.
    """
    count.owed += times * (_owed(after) - _owed(before))
    count.settled += times * ((after in SETTLED) - (before in SETTLED))
    count.signed += times * ((after == SIGNED) - (before == SIGNED))


def move(count: CommitmentCount, obligation: CommitmentObligation, state: str, now: datetime) -> None:
    """Bring one obligation to a state, with its counter."""
    shift(count, obligation.state, state)
    obligation.state, obligation.state_at, obligation.is_void = state, now, state == VOID


def _owed(state: str | None) -> int:
    return int(state is not None and state != VOID)


class CounterService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.counts = CountRepository(work.session)

    async def differences(self, campaign_id: UUID | None = None) -> list[Counted]:
        """Counters within the session's reach that differ from their rows. Nothing is repaired."""
        return await self.counts.differing(campaign_id, SETTLED, MOST)


async def recount(work: UnitOfWork, _: dict[str, Any]) -> None:
    """Count all rows anew, and raise an alarm for each campaign with a counter that differs. Nothing is repaired."""
    found = await CounterService(work).differences()
    for campaign_id in sorted({each.campaign_id for each in found}):
        differing = sum(each.campaign_id == campaign_id for each in found)
        log.error("commitment_counters_differ", campaign_id=str(campaign_id), counters=differing)
