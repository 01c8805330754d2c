"""The board of a campaign: live for the school itself; above it from the schools' editions, without a total."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.repositories.commitments.editions import COUNTED, EditionRepository, SchoolSum
from app.security.access.elevation import ElevationReason
from app.security.access.scope import Range
from app.services.commitments.campaigns import CampaignService
from app.services.commitments.disclosure import Figures
from app.services.commitments.editions import figures_of
from app.services.platform.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A school's sums, of all parties together, as of a moment; None where a reader above the school sees none."""

    unit_id: UUID
    as_of: datetime
    owed: int
    settled: int | None
    not_signed: int | None
    classes: int
    classes_left: int | None


class BoardService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work

    async def board(self, campaign_id: UUID) -> Sequence[BoardRow]:
        """The schools of the caller's line that adopted the campaign, in no order of merit and without a total.

        The caller's own unit is live. Raises `not_found` (404).
        """
        campaign = await CampaignService(self.work).get(campaign_id)
        path = self.work.actor.org_path
        async with self.work.elevated(ElevationReason.COMMITMENT_FIGURES):
            editions = EditionRepository(self.work.session)
            own = [_live(each, self.work.now) for each in await editions.sums(campaign.id, Range.at(path))]
            below = [
                BoardRow(
                    each.unit_id,
                    each.made_at,
                    *_columns(Figures.summed(figures_of(each).values())),
                    each.classes,
                    each.classes_left,
                )
                for each in await editions.last(campaign.id, Range.under(path))
                if each.org_path != path
            ]
        return [*own, *below]


def _live(each: SchoolSum, now: datetime) -> BoardRow:
    owed, settled, signed = (sum(getattr(of, name) for of in each.parties.values()) for name in COUNTED)
    return BoardRow(each.unit_id, now, owed, settled, settled - signed, each.classes, each.classes_left)


def _columns(figures: Figures) -> tuple[int, int | None, int | None]:
    return figures.owed, figures.settled, figures.not_signed
