"""What never changes of an indicator once a report has a value of it: years are compared by it."""

from collections.abc import Collection, Iterator, Sequence

from app.core.problems import FieldFault, fault
from app.schemas.reports.definitions import Definition, IndicatorItem
from app.services.reports.templates.definition_checks import ROOT

FROZEN = ("unit_vi", "measure", "roll_up")
# A version, and its items that have values.
Used = tuple[Definition, Collection[str]]


def frozen_faults(definition: Definition, used: Sequence[Used]) -> list[FieldFault]:
    """Each member of an indicator that differs from a version by which it has values. It may be dropped."""
    indicators = [
        (f"{ROOT}/sections/{n}/items/{m}", item)
        for n, section in enumerate(definition.sections)
        for m, item in enumerate(section.items)
        if isinstance(item, IndicatorItem)
    ]
    valued = [former for version, items in used for code, former in version.indicators().items() if code in items]
    return list(dict.fromkeys(each for at, item in indicators for each in _changes(at, item, valued)))


def _changes(at: str, item: IndicatorItem, valued: Sequence[IndicatorItem]) -> Iterator[FieldFault]:
    for name in FROZEN:
        if any(former.code == item.code and getattr(former, name) != getattr(item, name) for former in valued):
            text = ("Đã có số liệu báo cáo nên không được đổi", "Reports have values of it, so it does not change")
            yield fault(f"{at}/{name}", "frozen_with_values", *text)
