"""Checks of a template's definition: every fault of the whole document in one pass, each with its place."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from app.core.problems import FieldFault, fault
from app.schemas.reports.definitions import (
    CODE_LISTS,
    Definition,
    Formula,
    IndicatorItem,
    Measure,
    RollUp,
    Sensitivity,
    TableItem,
)
from app.services.reports.templates.known import Counted, Known

Faults = Iterator[FieldFault]
ROOT = "/definition"
# More cells of one breakdown than anybody fills in or reads.
MOST_CELLS = 500
FITTING: Mapping[Measure, frozenset[RollUp]] = {
    Measure.COUNT: frozenset({RollUp.SUM, RollUp.DISTINCT, RollUp.COUNT_UNITS, RollUp.RECOMPUTED, RollUp.NONE}),
    Measure.RATIO: frozenset({RollUp.RATIO, RollUp.RECOMPUTED, RollUp.NONE}),
    Measure.DURATION: frozenset({RollUp.MEDIAN, RollUp.NONE}),
    Measure.YES_NO: frozenset({RollUp.COUNT_UNITS, RollUp.NONE}),
}
MADE_BY: Mapping[str, Measure] = {"sum": Measure.COUNT, "quotient": Measure.RATIO, "change": Measure.RATIO}
# The figure above is no function of those below: the source counts it anew.
COUNTED_ANEW = frozenset({RollUp.DISTINCT, RollUp.MEDIAN})


@dataclass(frozen=True, slots=True)
class Place:
    """An indicator and its pointer."""

    at: str
    item: IndicatorItem


def check_items(definition: Definition, known: Known) -> Faults:
    """Faults of sections and items."""
    indicators = definition.indicators()
    yield from _codes(definition)
    for number, section in enumerate(definition.sections):
        for position, item in enumerate(section.items):
            at = f"{ROOT}/sections/{number}/items/{position}"
            if isinstance(item, IndicatorItem):
                yield from _indicator(Place(at, item), indicators, known)
            elif isinstance(item, TableItem):
                yield from _table(at, item, indicators)


def _codes(definition: Definition) -> Faults:
    sections = [(f"{ROOT}/sections/{n}/code", section.code) for n, section in enumerate(definition.sections)]
    items = [
        (f"{ROOT}/sections/{n}/items/{m}/code", item.code)
        for n, section in enumerate(definition.sections)
        for m, item in enumerate(section.items)
    ]
    rules = [(f"{ROOT}/rules/{n}/code", rule.code) for n, rule in enumerate(definition.rules)]
    for group in (sections, items, rules):
        yield from (_duplicate(at) for at in repeated(group))


def repeated(codes: Sequence[tuple[str, object]]) -> list[str]:
    """The places of what stands there more than once."""
    counts = Counter(code for _, code in codes)
    return [at for at, code in codes if counts[code] > 1]


def _duplicate(at: str) -> FieldFault:
    return fault(at, "duplicate_code", "Mã bị trùng trong tài liệu", "The code stands there more than once")


def _indicator(place: Place, indicators: Mapping[str, IndicatorItem], known: Known) -> Faults:
    yield from _breakdowns(place, known)
    yield from _levels(place, known)
    yield from _source(place, known)
    yield from _denominator(place, known)
    yield from _counting(place, known)
    yield from _roll_up(place)
    if place.item.formula is not None:
        yield from _formula(f"{place.at}/formula", place.item, place.item.formula, indicators)


def _breakdowns(place: Place, known: Known) -> Faults:
    sets = [(f"{place.at}/breakdowns/{n}", frozenset(each)) for n, each in enumerate(place.item.breakdowns)]
    yield from (_duplicate(at) for at in repeated(sets))
    for at, dimensions in sets:
        if not dimensions or len(dimensions) < len(place.item.breakdowns[int(at.rpartition("/")[2])]):
            text = ("Phân tổ phải có các chiều khác nhau", "A breakdown has dimensions, each once")
            yield fault(at, "breakdown_not_a_set", *text)
        missing = [each for each in sorted(dimensions) if not known.codes_of(each)]
        for each in missing:
            text = ("Chưa có danh mục của chiều phân tổ", "There is no code list of this dimension")
            yield fault(at, "unknown_code_list", *text, code_list=CODE_LISTS[each])
        if prod(len(known.codes_of(each)) for each in dimensions) > MOST_CELLS:
            text = ("Phân tổ có quá nhiều ô", "The breakdown has too many cells")
            yield fault(at, "too_many_cells", *text, limit=MOST_CELLS)


def _levels(place: Place, known: Known) -> Faults:
    allowed = known.codes.get("school_level", frozenset())
    for number, level in enumerate(place.item.not_for_levels):
        if level not in allowed:
            text = ("Không phải mã cấp học", "Not a code of a school level")
            at = f"{place.at}/not_for_levels/{number}"
            yield fault(at, "unknown_code", *text, allowed=tuple(sorted(allowed)), code_list="school_level")


def _source(place: Place, known: Known) -> Faults:
    item = place.item
    if item.source is not None and item.source not in known.sources:
        yield _unknown_source(f"{place.at}/source", known)
    if item.awaits is not None and item.source is not None:
        text = ("Đã có nguồn tính thì không chờ sổ nào", "What is computed awaits no register")
        yield fault(f"{place.at}/awaits", "computed_and_awaiting", *text)
    if item.target_percent is not None and item.measure not in {Measure.RATIO, Measure.YES_NO}:
        text = ("Chỉ tỷ lệ mới có mục tiêu phần trăm", "Only a share has a target in percent")
        yield fault(f"{place.at}/target_percent", "target_without_ratio", *text)


def _unknown_source(at: str, known: Known) -> FieldFault:
    text = ("Không có nguồn tính này", "There is no such computed source")
    return fault(at, "unknown_source", *text, allowed=tuple(sorted(known.sources)))


def _denominator(place: Place, known: Known) -> Faults:
    item, at = place.item, f"{place.at}/denominator"
    if item.denominator is not None and item.denominator not in known.sources:
        yield _unknown_source(at, known)
    if item.denominator is not None and item.measure is not Measure.RATIO:
        yield fault(at, "denominator_unused", "Chỉ tỷ lệ mới có mẫu số", "Only a ratio has a denominator")
    counted = known.sources.get(item.source or "")
    if item.measure is Measure.RATIO and counted is not None:
        yield from _of_ratio(at, item, counted)


def _of_ratio(at: str, item: IndicatorItem, counted: Counted) -> Faults:
    if counted.has_denominator and item.denominator is not None:
        text = ("Nguồn tính đã có mẫu số", "The source counts its denominator by itself")
        yield fault(at, "denominator_unused", *text)
    if not counted.has_denominator and item.denominator is None:
        yield fault(at, "denominator_missing", "Tỷ lệ phải có mẫu số", "A ratio has a denominator")


def _counting(place: Place, known: Known) -> Faults:
    """The source counts by the dimensions of the breakdowns, and as the roll-up says."""
    item, counted = place.item, known.sources.get(place.item.source or "")
    if counted is None:
        return
    for number, breakdown in enumerate(item.breakdowns):
        if not counted.dimensions.issuperset(breakdown):
            text = ("Nguồn tính không phân tổ như vậy", "The source does not count by these dimensions")
            allowed = tuple(sorted(counted.dimensions))
            yield fault(f"{place.at}/breakdowns/{number}", "breakdown_not_counted", *text, allowed=allowed)
    if counted.is_median is not (item.measure is Measure.DURATION):
        text = ("Nguồn tính không cho ra loại số liệu này", "The source does not make this measure")
        yield fault(f"{place.at}/source", "source_does_not_fit", *text)
    if counted.of_persons and item.sensitivity is Sensitivity.OPEN:
        text = ("Số người liên quan vụ việc không được để mở", "Persons of cases are no open figure")
        yield fault(f"{place.at}/sensitivity", "persons_not_open", *text, allowed=("persons", "totals_only"))


def _roll_up(place: Place) -> Faults:
    item, at = place.item, f"{place.at}/roll_up"
    if item.roll_up not in FITTING[item.measure]:
        fitting = tuple(sorted(FITTING[item.measure]))
        text = ("Cách tổng hợp không hợp với loại số liệu", "The roll-up does not fit the measure")
        yield fault(at, "roll_up_does_not_fit", *text, allowed=fitting)
    if item.roll_up in COUNTED_ANEW and item.source is None and item.awaits is None:
        text = ("Cách tổng hợp này cần nguồn tính", "This roll-up needs a computed source or a register to await")
        yield fault(at, "roll_up_needs_source", *text)
    if (item.roll_up is RollUp.RECOMPUTED) is not (item.formula is not None):
        text = ("Công thức đi cùng cách tổng hợp recomputed", "A formula goes with the roll-up `recomputed`")
        yield fault(f"{place.at}/formula", "formula_or_roll_up", *text)
    if item.formula is not None and (item.source is not None or item.awaits is not None):
        text = ("Đã có công thức thì không có nguồn khác", "What has a formula has no other source")
        yield fault(f"{place.at}/formula", "formula_and_source", *text)


def _formula(at: str, item: IndicatorItem, formula: Formula, indicators: Mapping[str, IndicatorItem]) -> Faults:
    if MADE_BY[formula.kind] is not item.measure:
        text = ("Công thức không cho ra loại số liệu này", "The formula does not make this measure")
        yield fault(f"{at}/kind", "formula_does_not_fit", *text)
    if (formula.kind == "quotient") is not bool(formula.denominator):
        text = ("Chỉ thương số mới có mẫu số, và phải có", "A quotient has a denominator, no other formula has one")
        yield fault(f"{at}/denominator", "denominator_missing", *text)
    for part in ("numerator", "denominator"):
        for number, code in enumerate(getattr(formula, part)):
            yield from _operand(f"{at}/{part}/{number}", code, indicators)
    if _names_itself(item.code, indicators):
        text = ("Công thức dẫn về chính nó", "The formula leads back to itself")
        yield fault(at, "circular_formula", *text)


def _operand(at: str, code: str, indicators: Mapping[str, IndicatorItem]) -> Faults:
    if code not in indicators:
        yield unknown_item(at)
    elif indicators[code].measure is not Measure.COUNT:
        text = ("Công thức chỉ dùng số lượng", "A formula is made of counts")
        yield fault(at, "operand_no_count", *text)


def unknown_item(at: str) -> FieldFault:
    return fault(at, "unknown_item", "Không có chỉ tiêu với mã này", "There is no indicator of this code")


def _names_itself(code: str, indicators: Mapping[str, IndicatorItem]) -> bool:
    seen, ahead = set[str](), _operands(code, indicators)
    while ahead:
        each = ahead.pop()
        if each == code:
            return True
        if each not in seen:
            seen.add(each)
            ahead += _operands(each, indicators)
    return False


def _operands(code: str, indicators: Mapping[str, IndicatorItem]) -> list[str]:
    item = indicators.get(code)
    return [*item.formula.operands] if item is not None and item.formula else []


def _table(at: str, table: TableItem, indicators: Mapping[str, IndicatorItem]) -> Faults:
    columns = [(f"{at}/columns/{n}", code) for n, code in enumerate(table.columns)]
    yield from (_duplicate(place) for place in repeated(columns))
    for place, code in columns:
        if code not in indicators:
            yield unknown_item(place)
        elif [table.rows] not in indicators[code].breakdowns:
            text = ("Chỉ tiêu không có phân tổ theo dòng của bảng", "The indicator has no breakdown by the rows' list")
            yield fault(place, "breakdown_missing", *text)
