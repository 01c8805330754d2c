"""The day's edition: what a level above a school reads of its commitments, made once a day and never changed."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from app.models.commitments.editions import CommitmentEdition
from app.repositories.commitments.editions import COUNTED_PARTIES, SHOWN, EditionRepository, SchoolSum
from app.security.access.scope import EVERYTHING, Range
from app.services.commitments.disclosure import Figures, published
from app.services.platform.unit_of_work import UnitOfWork


class EditionService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.editions = EditionRepository(work.session)

    async def make(self) -> None:
        """The edition of today, of each school and campaign that has none. A campaign ends with its school year."""
        await self._add(await self.editions.sums(None, EVERYTHING, self.work.today), None, EVERYTHING)

    async def open(self, campaign_id: UUID) -> None:
        """The first edition of the caller's unit in a campaign, which it has just adopted."""
        own = Range.at(self.work.actor.org_path)
        if not await self.editions.last(campaign_id, own):
            await self._add(await self.editions.sums(campaign_id, own), campaign_id, own)

    async def _add(self, sums: Iterable[SchoolSum], campaign_id: UUID | None, within: Range) -> None:
        lasts = {(each.campaign_id, each.unit_id): each for each in await self.editions.last(campaign_id, within)}
        shown = dict[tuple[UUID, UUID], list[dict[str, Figures]]]()
        for key, *numbers in await self.editions.shown(campaign_id, within):
            shown.setdefault(key, []).append(_figures(numbers))
        for each in sums:
            key = (each.campaign_id, each.unit_id)
            last = lasts.get(key)
            if last is None or last.day < self.work.today:
                self.editions.add(self._edition(each, last, shown.get(key, [])))
        await self.work.flush()

    def _edition(
        self, now: SchoolSum, last: CommitmentEdition | None, shown: list[dict[str, Figures]]
    ) -> CommitmentEdition:
        formers = [*shown, figures_of(last)] if last is not None else []
        figures = published(formers, now.parties)
        is_same = last is not None and figures == formers[-1]
        columns = {f"{party}_{name}": getattr(of, name) for party, of in figures.items() for name in of.__slots__}
        return CommitmentEdition(
            campaign_id=now.campaign_id,
            unit_id=now.unit_id,
            org_path=now.org_path,
            school_year=now.school_year,
            day=self.work.today,
            made_at=self.work.now,
            classes=last.classes if last is not None and is_same else now.classes,
            classes_left=last.classes_left if last is not None and is_same else _left(now, figures),
            **columns,
        )


async def make_editions(work: UnitOfWork, _: dict[str, Any]) -> None:
    await EditionService(work).make()


async def lacks_edition(work: UnitOfWork) -> bool:
    return await EditionRepository(work.session).is_missing(work.today)


def figures_of(edition: CommitmentEdition) -> dict[str, Figures]:
    """What an edition says of each party."""
    return _figures([getattr(edition, name) for name in SHOWN])


def _figures(numbers: Sequence[Any]) -> dict[str, Figures]:
    return {party: Figures(*numbers[3 * at : 3 * at + 3]) for at, party in enumerate(COUNTED_PARTIES)}


def _left(now: SchoolSum, figures: dict[str, Figures]) -> int | None:
    """The classes that are not settled, in agreement with what is shown of the families."""
    whole = Figures.summed(figures.values())
    if whole.settled is None:
        return None
    return max(1, now.classes_left) if whole.settled < whole.owed else 0
