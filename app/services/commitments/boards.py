"""The board of a campaign: settled of owed. Above a school its sums alone, without a remainder of a few families."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.repositories.commitments.classes import CommitmentClassRepository, SchoolSum
from app.security.access.scope import ElevationReason, Range
from app.services.commitments.campaigns import CampaignService
from app.services.platform.unit_of_work import UnitOfWork

# A remainder of so many could be known persons.
FEW: Final = range(1, 5)


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A school's sums; `settled` is None where a reader above the school sees no remainder."""

    unit_id: UUID
    owed: int
    settled: int | None


class BoardService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work

    async def board(self, campaign_id: UUID) -> Sequence[BoardRow]:
        """The schools of the caller's line that adopted the campaign, in no order of merit and without a total.

        A total beside hidden remainders would disclose them. Raises `not_found` (404).
        """
        campaign = await CampaignService(self.work).get(campaign_id)
        actor = self.work.actor
        async with self.work.elevated(ElevationReason.COMMITMENT_FIGURES):
            classes = CommitmentClassRepository(self.work.session)
            sums = await classes.school_sums(campaign.id, Range.under(actor.org_path))
        return [_seen(each, is_own=each.unit_id == actor.unit_id) for each in sums]


def _seen(each: SchoolSum, *, is_own: bool) -> BoardRow:
    is_hidden = not is_own and each.owed - each.settled in FEW
    return BoardRow(each.unit_id, each.owed, None if is_hidden else each.settled)
