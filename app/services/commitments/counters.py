"""The counters of classes: changed with each state in its own transaction, and compared with the rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from app.models.commitments.classes import CommitmentCount, Tally
from app.repositories.commitments.classes import CountRepository, ObligationRepository
from app.schemas.commitments.flow import SETTLED, VOID
from app.services.platform.unit_of_work import UnitOfWork

SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Difference:
    """A counter that differs from its rows."""

    commitment_class_id: UUID
    party: str
    counted: Tally
    found: Tally


def shift(count: CommitmentCount, before: str | None, after: str) -> None:
    """Count an obligation that came to a state; `before` is None for a new one.

    The class is locked: its counters change one by one. The database refuses settled beyond owed.
    """
    count.owed += _owed(after) - _owed(before)
    count.settled += (after in SETTLED) - (before in SETTLED)
    count.signed += (after == SIGNED) - (before == SIGNED)


def _owed(state: str | None) -> int:
    return int(state is not None and state != VOID)


class CounterService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.counts = CountRepository(work.session)

    async def differences(self, campaign_id: UUID) -> list[Difference]:
        """Counters within the caller's reach that differ from their rows. Nothing is repaired."""
        counts = await self.counts.of_campaign(campaign_id)
        counted = {(each.commitment_class_id, each.party): tally_of(each) for each in counts}
        found = await ObligationRepository(self.work.session).tallies(campaign_id, SETTLED)
        return list(_differing(counted, found))


def tally_of(count: CommitmentCount) -> Tally:
    return Tally(count.owed, count.settled, count.signed)


def _differing(counted: dict[tuple[UUID, str], Tally], found: dict[tuple[UUID, str], Tally]) -> Iterable[Difference]:
    for key in sorted(counted.keys() | found.keys()):
        says, has = counted.get(key, Tally()), found.get(key, Tally())
        if says != has:
            yield Difference(*key, says, has)
