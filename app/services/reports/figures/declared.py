"""Declared figures against the definition of their items. Nothing here reads the database."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.core.problems import FieldFault, fault
from app.schemas.reports.definitions import IndicatorItem, Measure, RollUp, Rule, Section
from app.schemas.reports.reports import FigureIn, SectionIn
from app.services.reports.figures.cells import Codes, cell_faults, level_faults
from app.services.reports.figures.values import Key


@dataclass(frozen=True, slots=True)
class Asked:
    """What a unit is asked about: the codes of the period, and its school levels where it reports for itself alone."""

    codes: Codes
    levels: frozenset[str]


@dataclass(frozen=True, slots=True)
class Computed:
    """What was counted for one figure."""

    numerator: int | None
    denominator: int | None
    # Subtracted already: what several of its parts count of one event.
    overlap: int | None = None

    @property
    def is_defined(self) -> bool:
        """A median of nothing and a ratio of a whole of zero do not apply, which is not 0."""
        return (self.numerator, self.denominator) != (None, None) and self.denominator != 0


def text_key(item: str, cell: str) -> str:
    """By which a section has the reason and the remark of a figure."""
    return f"{item};{cell}"


def faults_of(
    section: Section, rules: Sequence[Rule], data: SectionIn, computed: Mapping[Key, Computed], asked: Asked
) -> list[FieldFault]:
    """Every fault of a section, each with its pointer."""
    indicators = {item.code: item for item in section.items if isinstance(item, IndicatorItem)}
    found = [*_narrative_faults(section, data), *_explanation_faults(rules, data)]
    seen = set[Key]()
    for position, figure in enumerate(data.figures):
        pointer = f"/figures/{position}"
        item = indicators.get(figure.item)
        if item is None:
            text = ("Mục này không có trong phần", "The section has no such item")
            found.append(fault(f"{pointer}/item", "unknown_item", *text, allowed=tuple(indicators)))
            continue
        if (key := figure.key) in seen:
            found.append(fault(pointer, "named_twice", "Ô này đã nêu", "This cell is named twice"))
        seen.add(key)
        found.extend(cell_faults(f"{pointer}/cell", item, key[1], asked.codes))
        if key not in computed:
            found.extend(level_faults(f"{pointer}/cell", key[1], asked.levels))
        whole = _with_counted(item, figure, computed.get(key))
        found.extend(_value_faults(pointer, item, whole, computed.get(key)))
        found.extend(_adjustment_faults(pointer, figure, computed.get(key)))
        found.extend(_reason_faults(pointer, whole, computed.get(key)))
    return found


def _with_counted(item: IndicatorItem, figure: FigureIn, computed: Computed | None) -> FigureIn:
    """A ratio with the counted denominator, where a numerator alone is typed."""
    if (
        item.measure is not Measure.RATIO
        or computed is None
        or figure.numerator is None
        or figure.denominator is not None
    ):
        return figure
    return figure.model_copy(update={"denominator": computed.denominator})


def _narrative_faults(section: Section, data: SectionIn) -> Iterator[FieldFault]:
    longest = {item.code: item.max_length for item in section.items if item.kind == "narrative"}
    for code, text in data.narratives.items():
        pointer = f"/narratives/{code}"
        if code not in longest:
            texts = ("Mục này không có trong phần", "The section has no such item")
            yield fault(pointer, "unknown_item", *texts, allowed=tuple(longest))
        elif len(text) > longest[code]:
            texts = (f"Nhiều nhất {longest[code]} ký tự", f"At most {longest[code]} characters")
            yield fault(pointer, "string_too_long", *texts, limit=longest[code])


def _explanation_faults(rules: Sequence[Rule], data: SectionIn) -> Iterator[FieldFault]:
    known = tuple(rule.code for rule in rules)
    for code in sorted(data.explanations.keys() - set(known)):
        texts = ("Phần này không có quy tắc như vậy", "The section has no such rule")
        yield fault(f"/explanations/{code}", "unknown_rule", *texts, allowed=known)


def _value_faults(
    pointer: str, item: IndicatorItem, figure: FigureIn, computed: Computed | None
) -> Iterator[FieldFault]:
    if figure.not_applicable:
        if figure.numerator is not None or figure.denominator is not None:
            texts = ("Mục không áp dụng thì không có số", "What does not apply has no figure")
            yield fault(f"{pointer}/not_applicable", "not_applicable_has_value", *texts)
        return
    if item.measure is Measure.RATIO:
        yield from _ratio_faults(pointer, figure)
    elif figure.denominator is not None:
        yield fault(f"{pointer}/denominator", "no_denominator", "Chỉ tỷ lệ mới có mẫu số", "Only a ratio has one")
    if item.roll_up is RollUp.COUNT_UNITS and computed is not None and computed.denominator is not None:
        yield from _units_faults(pointer, figure.numerator, computed.denominator)
    elif item.measure is Measure.YES_NO and figure.numerator not in {None, 0, 1}:
        yield fault(f"{pointer}/numerator", "not_yes_or_no", "Chỉ nhận 1 (có) hoặc 0 (không)", "1 is yes, 0 is no")


def _units_faults(pointer: str, units: int | None, of: int) -> Iterator[FieldFault]:
    """Above the units that are counted, the figure is how many of them."""
    if units is not None and units > of:
        texts = (f"Nhiều nhất {of} đơn vị", f"At most {of} units")
        yield fault(f"{pointer}/numerator", "too_many_units", *texts, limit=of)


def _ratio_faults(pointer: str, figure: FigureIn) -> Iterator[FieldFault]:
    if (figure.numerator is None) != (figure.denominator is None):
        yield fault(pointer, "ratio_has_two_parts", "Tỷ lệ cần cả tử số và mẫu số", "A ratio has two parts")
    elif figure.denominator == 0:
        texts = ("Mẫu số là 0: ghi không áp dụng", "The denominator is 0: it does not apply")
        yield fault(f"{pointer}/denominator", "denominator_is_zero", *texts)
    elif figure.numerator is not None and figure.denominator is not None and figure.numerator > figure.denominator:
        texts = ("Tử số không lớn hơn mẫu số", "The numerator is at most the denominator")
        yield fault(f"{pointer}/numerator", "ratio_above_one", *texts, limit=figure.denominator)


def _adjustment_faults(pointer: str, figure: FigureIn, computed: Computed | None) -> Iterator[FieldFault]:
    """An adjustment is of a counted figure that nobody replaces, and leaves it possible."""
    at, adjustment = f"{pointer}/adjustment", figure.adjustment
    if not adjustment:
        return
    counted = None if computed is None else computed.numerator
    if counted is None or figure.numerator is not None or figure.not_applicable:
        texts = ("Chỉ điều chỉnh số do hệ thống tính", "Only a counted figure is adjusted, and none that is declared")
        yield fault(at, "adjustment_unused", *texts)
        return
    if counted + adjustment < 0:
        texts = ("Số sau điều chỉnh không được âm", "The adjusted figure is not below zero")
        yield fault(at, "adjusted_below_zero", *texts, limit=-counted)
    whole = computed.denominator if computed is not None else None
    if whole is not None and counted + adjustment > whole:
        texts = ("Tử số không lớn hơn mẫu số", "The numerator is at most the denominator")
        yield fault(at, "ratio_above_one", *texts, limit=whole - counted)


def _differs(figure: FigureIn, computed: Computed) -> bool:
    """Some part is another than was counted; what was not counted is typed."""
    parts = ((figure.numerator, computed.numerator), (figure.denominator, computed.denominator))
    return any(counted is not None and given != counted for given, counted in parts)


def _reason_faults(pointer: str, figure: FigureIn, computed: Computed | None) -> Iterator[FieldFault]:
    differs = computed is not None and figure.numerator is not None and _differs(figure, computed)
    if (differs or figure.not_applicable or figure.adjustment) and figure.reason is None:
        texts = ("Khác với số hệ thống tính, hoặc không áp dụng, thì cần nêu lý do", "It differs, so it needs a reason")
        yield fault(f"{pointer}/reason", "reason_required", *texts)
    if figure.outside is not None and (figure.outside_source is None or figure.outside_on is None):
        texts = ("Số của cơ quan khác cần nguồn và ngày", "A figure of another body has its source and day")
        yield fault(f"{pointer}/outside_source", "source_required", *texts)
    if figure.previous_numerator is not None and figure.previous_source is None:
        texts = ("Số năm trước cần nguồn", "A figure of the year before has its source")
        yield fault(f"{pointer}/previous_source", "source_required", *texts)
