"""Cells of breakdowns: which codes they may name."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from app.core.problems import FieldFault, fault
from app.core.vocabulary import Dimension
from app.schemas.reports.definitions import CODE_LISTS, IndicatorItem, cell_key, codes_of_cell
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService

# The codes of each list that cells may name, as they were in the period.
Codes = Mapping[str, frozenset[str]]


async def codes_on(work: UnitOfWork, day: date) -> Codes:
    """The codes that cells may name on a day, by list."""
    lists = {name: set[str]() for name in CODE_LISTS.values()}
    for entry in await CodeListService(work).of_lists((), day):
        if entry.list in lists:
            lists[entry.list].add(entry.code)
    return {name: frozenset(codes) for name, codes in lists.items()}


def cell_faults(at: str, item: IndicatorItem, cell: str, codes: Codes) -> Iterator[FieldFault]:
    """Faults of a cell that the indicator does not have; none of its total."""
    parts = codes_of_cell(cell)
    if not parts:
        return
    known = any({str(each) for each in breakdown} == parts.keys() for breakdown in item.breakdowns)
    if not known or cell_key(parts) != cell:
        texts = ("Chỉ tiêu không phân tổ như vậy", "The indicator has no such breakdown")
        yield fault(at, "unknown_cell", *texts)
        return
    for name, code in parts.items():
        of_list = codes.get(CODE_LISTS[Dimension(name)], frozenset())
        if code not in of_list:
            texts = ("Mã này không có trong danh mục", "The list has no such code")
            yield fault(at, "unknown_code", *texts, code_list=CODE_LISTS[Dimension(name)])


def level_faults(at: str, cell: str, levels: Collection[str]) -> Iterator[FieldFault]:
    """A unit has no figure of a school level that it has not; without levels it is asked of all."""
    level = codes_of_cell(cell).get(Dimension.SCHOOL_LEVEL)
    if levels and level is not None and level not in levels:
        texts = ("Đơn vị không có cấp học này", "The unit has no such school level")
        yield fault(at, "level_not_of_unit", *texts, allowed=tuple(sorted(levels)))
