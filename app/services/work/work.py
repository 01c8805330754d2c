"""Home: what waits for the caller, in one call. Areas name their kinds in their own `waiting_work.py`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from app.repositories.cases.incidents import IncidentRepository
from app.services.cases import waiting_work as cases
from app.services.commitments import waiting_work as commitments
from app.services.intakes import waiting_work as intakes
from app.services.learners import waiting_work as learners
from app.services.platform.unit_of_work import UnitOfWork
from app.services.platform.waiting_work import Waiting, WaitingItem, WaitingWork
from app.services.privacy import waiting_work as privacy
from app.services.proposals import waiting_work as proposals
from app.services.referrals import waiting_work as referrals
from app.services.reports import waiting_work as reports
from app.services.uploads import waiting_work as uploads

# In the order in which they are shown.
ALL_WORK: Final[tuple[WaitingWork, ...]] = tuple(
    chain.from_iterable(
        area.WAITING_WORK
        for area in (intakes, cases, proposals, referrals, privacy, reports, commitments, learners, uploads)
    )
)


@dataclass(frozen=True, slots=True)
class WorkOfKind:
    """What waits of one kind."""

    kind: WaitingWork
    waiting: Waiting


class WorkService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work

    async def waiting(self) -> list[WorkOfKind]:
        """What waits of each kind on which the caller may act, in a fixed number of statements."""
        mine = [kind for kind in ALL_WORK if self.work.actor.may(kind.act, kind.resource)]
        return await self._with_codes([WorkOfKind(kind, await kind.waiting(self.work)) for kind in mine])

    async def _with_codes(self, found: Sequence[WorkOfKind]) -> list[WorkOfKind]:
        """The items without a code of their own with their incidents', as far as the caller reaches them."""
        items = chain.from_iterable(each.waiting.items for each in found)
        named = {item.incident_id for item in items if item.incident_id is not None}
        incidents = await IncidentRepository(self.work.session).named(named)

        def coded(item: WaitingItem) -> WaitingItem:
            known = None if item.incident_id is None else incidents.get(item.incident_id)
            return item if known is None else replace(item, code=known[0])

        return [
            replace(each, waiting=replace(each.waiting, items=[coded(item) for item in each.waiting.items]))
            for each in found
        ]
