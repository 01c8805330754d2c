"""How alike two records of an event are, field by field: pure functions over facts, and the weights as data."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from app.core.paths import parent
from app.schemas.duplicates.suggestions import Verdict

DAYS = 14
WEIGHTS = MappingProxyType(
    {"date": 0.25, "unit": 0.20, "forms": 0.15, "persons": 0.15, "group": 0.10, "location": 0.10, "channels": 0.05}
)
"""How much each field counts; together 1.

Day and unit weigh most: reports of one event differ in words and names, seldom in time and place. Forms and persons
come next, since each source sees a part of them. Group and location weigh little: most incidents share a few codes. Two
different sources weigh least: they make two records of one event possible and prove nothing. The numbers are a
judgement of this product, not measured. The officer who decides sees every field, and no score merges anything.
"""


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What one record says of an event. `unit` is the unit's path; `persons` are role, kind and sex."""

    day: date | None = None
    unit: str | None = None
    group: str | None = None
    location: str | None = None
    forms: frozenset[str] = frozenset()
    persons: tuple[tuple[str, str, str], ...] = ()
    ages: tuple[int, ...] = ()
    channels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FieldScore:
    field: str
    verdict: Verdict
    score: float
    weight: float


def compare(one: EventFacts, other: EventFacts) -> list[FieldScore]:
    return [_field_score(name, weight, RULES[name](one, other)) for name, weight in WEIGHTS.items()]


def total(fields: list[FieldScore]) -> float:
    """0 to 1. An unknown field adds nothing, so that few facts never look like much agreement."""
    return round(sum(each.score * each.weight for each in fields), 4)


def _field_score(name: str, weight: float, score: float | None) -> FieldScore:
    if score is None:
        return FieldScore(name, "unknown", 0.0, weight)
    return FieldScore(name, "agree" if score >= 0.5 else "differ", round(score, 4), weight)  # noqa: PLR2004 — half


def _date(one: EventFacts, other: EventFacts) -> float | None:
    if one.day is None or other.day is None:
        return None
    return max(0.0, 1 - abs((one.day - other.day).days) / DAYS)


def _unit(one: EventFacts, other: EventFacts) -> float | None:
    """A neighbour, under the same unit above, is half an agreement: pupils of two schools clash at either."""
    if one.unit is None or other.unit is None:
        return None
    if one.unit == other.unit:
        return 1.0
    return 0.5 if parent(one.unit) == parent(other.unit) else 0.0


def _overlap(one: Counter[object], other: Counter[object]) -> float | None:
    """The share of common elements among all elements of both."""
    if not one or not other:
        return None
    return (one & other).total() / (one | other).total()


def _forms(one: EventFacts, other: EventFacts) -> float | None:
    return _overlap(Counter(one.forms), Counter(other.forms))


def _persons(one: EventFacts, other: EventFacts) -> float | None:
    score = _overlap(Counter(one.persons), Counter(other.persons))
    if score is None or not one.ages or not other.ages:
        return score
    near = sum(any(abs(age - each) <= 1 for each in other.ages) for age in one.ages) / len(one.ages)
    return (score + near) / 2


def _same(one: str | None, other: str | None) -> float | None:
    return None if one is None or other is None else float(one == other)


def _channels(one: EventFacts, other: EventFacts) -> float | None:
    """Different sources report one event; the same source seldom reports it twice."""
    if not one.channels or not other.channels:
        return None
    return float(one.channels.isdisjoint(other.channels))


RULES: MappingProxyType[str, Callable[[EventFacts, EventFacts], float | None]] = MappingProxyType(
    {
        "date": _date,
        "unit": _unit,
        "forms": _forms,
        "persons": _persons,
        "group": lambda one, other: _same(one.group, other.group),
        "location": lambda one, other: _same(one.location, other.location),
        "channels": _channels,
    }
)
