"""The completeness board of a period, within the reader's range."""

from collections import Counter
from typing import Final

from app.core.paging import Page, PageRequest
from app.core.text import fold
from app.documents.reports.board import board_csv
from app.models.reports.boards import BoardCount, BoardFilter, BoardRow
from app.models.reports.periods import ReportPeriod
from app.repositories.reports.boards import BoardRepository
from app.repositories.units import UnitRepository
from app.services.platform.unit_names import names_of
from app.services.platform.unit_of_work import UnitOfWork

# More units than any province has.
WHOLE: Final = 20_000


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

    async def table(self, period: ReportPeriod, wanted: BoardFilter) -> bytes:
        """All rows as a table for a spreadsheet."""
        rows = (await self.page(period, wanted, PageRequest(WHOLE, None))).items
        units = {row.unit_id for row in rows} | {row.recipient_id for row in rows if row.recipient_id is not None}
        names = {key: name.name_vi for key, name in (await names_of(self.work, units)).items()} if units else {}
        kinds = {kind.code: kind.label_vi for kind in await UnitRepository(self.work.session).kinds()}
        return board_csv(rows, names, kinds)

    async def page(self, period: ReportPeriod, wanted: BoardFilter, page: PageRequest) -> Page[BoardRow]:
        return await self.boards.rows_of(period.id, wanted, page, day=period.ends_on, now=self.work.now)


def levels_of(counts: list[BoardCount]) -> dict[str, Counter[str]]:
    """The sums of each kind of unit."""
    levels: dict[str, Counter[str]] = {}
    for each in counts:
        levels.setdefault(each.kind, Counter()).update(each.counts)
    return levels
