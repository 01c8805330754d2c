"""Checks of a definition's rules, and of the definition as a whole."""

from collections.abc import Mapping

from app.core.problems import FieldFault, fault
from app.core.vocabulary import Dimension
from app.schemas.reports.definitions import (
    Definition,
    IndicatorItem,
    Measure,
    Rule,
    Side,
    cell_key,
    codes_of_cell,
)
from app.services.reports.templates.definition_checks import ROOT, Faults, check_items, unknown_item
from app.services.reports.templates.known import Known


def check_definition(definition: Definition, known: Known) -> list[FieldFault]:
    """Every fault of the document, with its JSON pointer in a body whose member `definition` it is."""
    faults = [*check_items(definition, known), *_nil_item(definition), *_rules(definition, known)]
    return list(dict.fromkeys(faults))


def _nil_item(definition: Definition) -> Faults:
    named = definition.nil_item
    item = definition.indicators().get(named or "")
    if named is not None and item is None:
        yield unknown_item(f"{ROOT}/nil_item")
    elif item is not None and item.measure is not Measure.YES_NO:
        text = ("Chỉ tiêu này không phải là có hoặc không", "The indicator is no yes or no")
        yield fault(f"{ROOT}/nil_item", "nil_item_no_yes_no", *text)


def _rules(definition: Definition, known: Known) -> Faults:
    indicators = definition.indicators()
    for number, rule in enumerate(definition.rules):
        at = f"{ROOT}/rules/{number}"
        if not (rule.left.items or rule.right.items):
            text = ("Quy tắc phải so sánh ít nhất một chỉ tiêu", "A rule compares at least one indicator")
            yield fault(at, "rule_without_items", *text)
        for place, side in _sides(at, rule):
            yield from _side(place, side, indicators, known)


def _sides(at: str, rule: Rule) -> list[tuple[str, Side]]:
    sides = [(f"{at}/left", rule.left), (f"{at}/right", rule.right)]
    if rule.when is not None:
        sides += [(f"{at}/when/left", rule.when.left), (f"{at}/when/right", rule.when.right)]
    return sides


def _side(at: str, side: Side, indicators: Mapping[str, IndicatorItem], known: Known) -> Faults:
    for number, code in enumerate(side.items):
        place = f"{at}/items/{number}"
        item = indicators.get(code)
        if item is None:
            yield unknown_item(place)
            continue
        if side.part == "denominator" and item.measure is not Measure.RATIO:
            yield fault(place, "no_denominator", "Chỉ tiêu không có mẫu số", "The indicator has no denominator")
        if side.cell is not None and not _has_cell(item, side.cell, known):
            text = ("Chỉ tiêu không có ô này trong phân tổ", "The indicator's breakdowns have no such cell")
            yield fault(f"{at}/cell", "unknown_cell", *text)


def _has_cell(item: IndicatorItem, cell: str, known: Known) -> bool:
    pairs = codes_of_cell(cell)
    if cell_key(pairs) != cell or not pairs.keys() <= set(Dimension):
        return False
    codes = {Dimension(name): code for name, code in pairs.items()}
    if not any(set(breakdown) == codes.keys() for breakdown in item.breakdowns):
        return False
    return all(code in known.codes_of(dimension) for dimension, code in codes.items())
