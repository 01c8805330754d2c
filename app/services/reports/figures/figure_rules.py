"""The rules that every figure has: no part below zero, no share above one, breakdowns that add up to their total."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from app.core.vocabulary import Dimension
from app.schemas.reports.definitions import IndicatorItem, Measure, RollUp, codes_of_cell
from app.schemas.reports.snapshots import SnapshotRule
from app.services.reports.figures.values import NOTHING, Value, Values

Broken = Iterator[SnapshotRule]
Parts: TypeAlias = tuple[int, int | None]
MOST_NAMED: Final = 12
# One event has several of these codes.
SEVERAL: Final = frozenset({Dimension.FORM})
# What a person is in every event; a person counted once may have several codes of all others.
OF_PERSONS: Final = frozenset(
    {Dimension.SCHOOL_LEVEL, Dimension.GRADE, Dimension.SEX, Dimension.AGE_BAND, Dimension.OWNERSHIP}
)


@dataclass(frozen=True, slots=True)
class Cell:
    key: str
    value: Value


def figure_rules(item: IndicatorItem, values: Values) -> Broken:
    """The broken ones of one indicator, with codes such as `share:N101` and `total:TH01:school_level`."""
    cells = [Cell(cell, value) for (code, cell), value in values.items() if code == item.code and value.is_known]
    for cell in cells:
        yield from _parts(item, cell)
    total = values.get((item.code, ""), NOTHING)
    if total.is_known and item.measure is not Measure.DURATION and item.formula is None:
        for breakdown in item.breakdowns:
            yield from _breakdown(item, breakdown, total, _cells_of(item, breakdown, values))


def _parts(item: IndicatorItem, cell: Cell) -> Broken:
    numerator, denominator = cell.value.numerator or 0, cell.value.denominator
    if min(numerator, denominator or 0) < 0:
        yield _error(f"negative:{_place(item, cell)}", item, "không được âm", "is not below zero")
    if not _is_share(item):
        return
    if denominator is not None and numerator > denominator:
        text = ("tử số không được lớn hơn mẫu số", "has a numerator of at most its denominator")
        yield _error(f"share:{_place(item, cell)}", item, *text)
    if item.measure is Measure.YES_NO and denominator is None and numerator > 1:
        yield _error(f"share:{_place(item, cell)}", item, "chỉ nhận có hoặc không", "is yes or no")


def _is_share(item: IndicatorItem) -> bool:
    """A count against last year's may be more than all of it."""
    changes = item.formula is not None and item.formula.kind == "change"
    return item.measure in {Measure.RATIO, Measure.YES_NO} and not changes


def _cells_of(item: IndicatorItem, breakdown: Sequence[Dimension], values: Values) -> list[Cell]:
    names = sorted(breakdown)
    return [
        Cell(cell, value)
        for (code, cell), value in values.items()
        if code == item.code and cell and list(codes_of_cell(cell)) == names
    ]


def _breakdown(item: IndicatorItem, breakdown: Sequence[Dimension], total: Value, cells: Sequence[Cell]) -> Broken:
    """Not asked where no cell is filled in; where one that applies has no value, of the denominators alone.

    An error where the unit declared a cell. Else only a total was declared or adjusted, here or below, which has its
    reason: that is shown, and nobody has to know how the difference is broken down.
    """
    applying = [cell for cell in cells if cell.value.status != "not_applicable"]
    if not applying:
        return
    if not all(cell.value.is_known for cell in applying):
        yield from _wholes(item, breakdown, total, applying)
        return
    several = SEVERAL if item.roll_up is not RollUp.DISTINCT else frozenset(Dimension) - OF_PERSONS
    name = f"{item.code}:{'+'.join(sorted(breakdown))}"
    if several.isdisjoint(breakdown):
        if (added := _added(applying)) != (total.numerator, total.denominator):
            yield _of_cells(f"total:{name}", item, applying, *_not_adding_up(applying, added, total))
    elif above := [cell for cell in applying if (cell.value.numerator or 0) > (total.numerator or 0)]:
        text = (f"không ô nào được lớn hơn tổng số: {_named(above)}", f"has no cell above its total: {_named(above)}")
        yield _of_cells(f"total:{name}", item, applying, *text)


def _wholes(item: IndicatorItem, breakdown: Sequence[Dimension], total: Value, cells: Sequence[Cell]) -> Broken:
    """Of shares without their numerators: what they are shares of adds up to what the total is a share of.

    A warning, since the total has its reason and nobody has to know how it is broken down.
    """
    wholes = [cell.value.denominator for cell in cells if cell.value.denominator is not None]
    if len(wholes) < len(cells) or total.denominator is None or not SEVERAL.isdisjoint(breakdown):
        return
    if (added := sum(wholes)) != total.denominator:
        named, whole = _named(cells), total.denominator
        vi = f"mẫu số các ô phải cộng bằng mẫu số chung: {named} cộng bằng {added}, mẫu số chung là {whole}"
        en = f"has cells whose denominators add up to its own: {named} make {added}, the total has {whole}"
        name = f"total:{item.code}:{'+'.join(sorted(breakdown))}"
        yield _error(name, item, vi, en).model_copy(update={"strength": "warning"})


def _of_cells(code: str, item: IndicatorItem, cells: Sequence[Cell], vi: str, en: str) -> SnapshotRule:
    broken = _error(code, item, vi, en)
    is_typed = any(cell.value.status == "declared" for cell in cells)
    return broken if is_typed else broken.model_copy(update={"strength": "warning"})


def _not_adding_up(cells: Sequence[Cell], added: Parts, total: Value) -> tuple[str, str]:
    summed, whole = _parts_of(*added), _parts_of(total.numerator or 0, total.denominator)
    return (
        f"các ô phân tổ phải cộng bằng tổng số: {_named(cells)} cộng bằng {summed}, tổng số là {whole}",
        f"has cells that add up to its total: {_named(cells)} make {summed}, the total is {whole}",
    )


def _named(cells: Sequence[Cell]) -> str:
    more = " …" if len(cells) > MOST_NAMED else ""
    return ", ".join(cell.key for cell in cells[:MOST_NAMED]) + more


def _parts_of(numerator: int, denominator: int | None) -> str:
    return str(numerator) if denominator is None else f"{numerator}/{denominator}"


def _added(cells: Sequence[Cell]) -> Parts:
    denominators = [cell.value.denominator for cell in cells if cell.value.denominator is not None]
    return sum(cell.value.numerator or 0 for cell in cells), sum(denominators) if denominators else None


def _place(item: IndicatorItem, cell: Cell) -> str:
    return f"{item.code}:{cell.key}" if cell.key else item.code


def _error(code: str, item: IndicatorItem, vi: str, en: str) -> SnapshotRule:
    text_vi, text_en = f"{item.code} {item.label_vi}: {vi}", f"{item.code} {item.label_en} {en}"
    return SnapshotRule(code=code, strength="error", text_vi=text_vi, text_en=text_en)
