"""The figures of the yearly report, drawn from its template."""

import re
from collections import Counter

from app.schemas.reports.definitions import IndicatorItem
from app.services.reports.templates.product_templates import product_templates

YEARLY = "directive_02_yearly"
# Beside the sixty of the list.
BESIDE = frozenset({"TH16", "TH17"})
WAYS = ("computed", "awaiting", "typed")


def indicators() -> str:
    figures = list(_yearly())
    names = ("Code", "Chỉ tiêu", "In English", "Unit", "Broken down by", "Roll-up", "Where it comes from")
    head = f"| {' | '.join(names)} |\n{'|---' * len(names)}|"
    return "\n".join([*_counts(figures), "", head, *(_row(item) for item in figures)])


def _yearly() -> list[IndicatorItem]:
    return next(list(each.definition.indicators().values()) for each in product_templates() if each.code == YEARLY)


def _counts(figures: list[IndicatorItem]) -> list[str]:
    of_list = [item for item in figures if indicator_of(item.code) not in BESIDE]
    ways: dict[str, set[str]] = {}
    for item in of_list:
        ways.setdefault(indicator_of(item.code), set()).add(way(item))
    # An indicator of several figures is as far as the last of them.
    whole = Counter(max(each, key=WAYS.index) for each in ways.values())
    single = Counter(way(item) for item in of_list)
    return [
        f"- {len(ways)} indicators: " + ", ".join(f"{whole[name]} {name}" for name in WAYS),
        f"- {len(of_list)} figures of them: " + ", ".join(f"{single[name]} {name}" for name in WAYS),
        f"- {len(figures) - len(of_list)} figures beside the list, all computed: "
        + ", ".join(f"`{item.code}`" for item in figures if item not in of_list),
    ]


def indicator_of(code: str) -> str:
    """The number in the list: `N602` of `N602b`."""
    return re.sub(r"[a-z]$", "", code)


def way(item: IndicatorItem) -> str:
    if item.source is not None or item.formula is not None:
        return "computed"
    return "awaiting" if item.awaits is not None else "typed"


def _row(item: IndicatorItem) -> str:
    cuts = ", ".join(" × ".join(each) for each in item.breakdowns) or "–"
    return (
        f"| `{item.code}` | {item.label_vi} | {item.label_en} | {item.unit_vi} | {cuts} | {item.roll_up} |"
        f" {_source(item)} |"
    )


def _source(item: IndicatorItem) -> str:
    if item.formula is not None:
        return f"computed: {item.formula.kind} of {', '.join(item.formula.numerator)}"
    whole = f" of `{item.denominator}`" if item.denominator is not None else ""
    if item.source is not None:
        return f"computed: `{item.source}`{whole}"
    return (f"awaits `{item.awaits}`" if item.awaits is not None else "typed") + whole
