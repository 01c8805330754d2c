"""The completeness board of a period, within the reader's range."""

from collections import Counter

from app.core.paging import Page, PageRequest
from app.core.text import fold
from app.models.reports.boards import BoardCount, BoardFilter, BoardRow
from app.models.reports.periods import ReportPeriod
from app.repositories.reports.boards import BoardRepository
from app.services.platform.unit_names import names_of
from app.services.platform.unit_of_work import UnitOfWork


class BoardService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.boards = BoardRepository(work.session)

    async def counts(self, period: ReportPeriod) -> list[BoardCount]:
        """By recipient and kind of unit, in the order of the recipients' names."""
        found = await self.boards.counts(period.id, self.work.now)
        names = await names_of(self.work, {each.recipient_id for each in found if each.recipient_id is not None})

        def order(each: BoardCount) -> tuple[bool, str, str]:
            name = names.get(each.recipient_id) if each.recipient_id else None
            return name is None, fold(name.name_vi) if name else "", each.kind

        return sorted(found, key=order)

    async def page(self, period: ReportPeriod, wanted: BoardFilter, page: PageRequest) -> Page[BoardRow]:
        return await self.boards.rows_of(period.id, wanted, page, day=period.ends_on, now=self.work.now)


def levels_of(counts: list[BoardCount]) -> dict[str, Counter[str]]:
    """The sums of each kind of unit."""
    levels: dict[str, Counter[str]] = {}
    for each in counts:
        levels.setdefault(each.kind, Counter()).update(each.counts)
    return levels
