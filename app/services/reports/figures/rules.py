"""Which rules the figures of a report break: those of its definition, and those that every figure has.

A rule is not asked where one of its figures is missing, withheld or not applicable.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from app.repositories.reports.sources import SOURCES
from app.schemas.reports.definitions import Condition, Definition, IndicatorItem, Rule, Side
from app.schemas.reports.snapshots import SnapshotRule
from app.services.reports.figures.figure_rules import figure_rules
from app.services.reports.figures.values import NOTHING, Key, Value, Values

COMPARISONS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "eq": operator.eq,
    "le": operator.le,
    "lt": operator.lt,
    "ge": operator.ge,
    "gt": operator.gt,
}


def broken_rules(definition: Definition, values: Values, *, is_consolidated: bool = False) -> list[SnapshotRule]:
    """Every broken rule, those of the definition first. `is_consolidated`: other reports stand below this one."""
    kinds = {"all", "consolidated" if is_consolidated else "single"}
    asked = (rule for rule in definition.rules if rule.asked_of in kinds)
    own = [_broken(definition, rule) for rule in asked if _is_asked(rule, values) and _holds(rule, values) is False]
    return [*own, *([] if is_consolidated else _nil(definition, values)), *_of_figures(definition, values)]


def is_nil(definition: Definition, values: Values) -> bool:
    """Whether the unit declares that nothing happened, or every unit below that reported does."""
    value = values.get((definition.nil_item or "", ""), NOTHING)
    asked = 1 if value.denominator is None else value.denominator
    return value.is_known and asked > 0 and value.numerator == asked


def events_of(definition: Definition, values: Values) -> list[str]:
    """The items that count what happened in the period, counted or declared, and have something."""
    found = []
    for code, item in definition.indicators().items():
        source, total = SOURCES.get(item.source or ""), values.get((code, ""), NOTHING)
        if source is not None and source.of_period and total.is_known and total.numerator:
            found.append(code)
    return found


def _nil(definition: Definition, values: Values) -> Iterator[SnapshotRule]:
    """A declaration that nothing happened stands beside no event."""
    events = events_of(definition, values)
    if not events or not is_nil(definition, values):
        return
    named = ", ".join(events)
    vi = f"Đã xác nhận không phát sinh vụ việc nhưng có số liệu vụ việc: {named}"
    en = f"Nothing happened by declaration, yet there are incidents: {named}"
    section, code = definition.section_of_first(definition.nil_item or ""), f"nil:{definition.nil_item}"
    yield SnapshotRule(code=code, section=section.code, strength="error", text_vi=vi, text_en=en)


def _of_figures(definition: Definition, values: Values) -> Iterator[SnapshotRule]:
    by_item: dict[str, dict[Key, Value]] = {}
    for key, value in values.items():
        by_item.setdefault(key[0], {})[key] = value
    for section in definition.sections:
        for item in section.items:
            if isinstance(item, IndicatorItem):
                found = figure_rules(item, by_item.get(item.code, {}))
                yield from (broken.model_copy(update={"section": section.code}) for broken in found)


def _broken(definition: Definition, rule: Rule) -> SnapshotRule:
    return SnapshotRule(
        code=rule.code,
        section=definition.section_of_rule(rule).code,
        strength=rule.strength.value,
        text_vi=rule.text_vi,
        text_en=rule.text_en,
    )


def _is_asked(rule: Rule, values: Values) -> bool:
    return rule.when is None or _holds(rule.when, values) is True


def _holds(compared: Rule | Condition, values: Values) -> bool | None:
    """Whether the comparison is true; None where a side has no value."""
    left, right = _side(compared.left, values), _side(compared.right, values)
    return None if left is None or right is None else COMPARISONS[compared.comparison](left, right)


def _side(side: Side, values: Values) -> int | None:
    """The constant and the parts of the items, added up; None where one is not known."""
    parts = [_part(values.get((item, side.cell or ""), NOTHING), side.part) for item in side.items]
    known = [part for part in parts if part is not None]
    return side.constant + sum(known) if len(known) == len(parts) else None


def _part(value: Value, part: str) -> int | None:
    if not value.is_known:
        return None
    return {"numerator": value.numerator, "denominator": value.denominator, "previous": value.previous}[part]
