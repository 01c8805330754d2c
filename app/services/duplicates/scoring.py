"""How alike two tellings of an event are, field by field: pure functions over facts, and the weights as data."""

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

Day and unit come first: sources that tell of one event differ in words and in what they call it, seldom in when and
where. Forms and persons come next, for each source sees a part of them. Group and location are one code each, of a
few that most incidents share, so that agreeing on them says little. That two sources differ says least: it is what
makes two records of one event likely at all, and no evidence by itself. The numbers are a judgement of this product,
not measured; whoever decides sees every field, and nothing is ever merged by a score.
"""


@dataclass(frozen=True, slots=True)
class Telling:
    """What is known of an event by one record. `unit` is the path of the unit; `persons` are role, kind and sex."""

    day: date | None = None
    unit: str | None = None
    group: str | None = None
    location: str | None = None
    forms: frozenset[str] = frozenset()
    persons: tuple[tuple[str, str, str], ...] = ()
    ages: tuple[int, ...] = ()
    channels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Compared:
    field: str
    verdict: Verdict
    score: float
    weight: float


def compared(one: Telling, other: Telling) -> list[Compared]:
    return [_compared(name, weight, RULES[name](one, other)) for name, weight in WEIGHTS.items()]


def score_of(fields: list[Compared]) -> float:
    """0 to 1. What is unknown adds nothing, so that little known never looks like much agreed."""
    return round(sum(each.score * each.weight for each in fields), 4)


def _compared(name: str, weight: float, score: float | None) -> Compared:
    if score is None:
        return Compared(name, "unknown", 0.0, weight)
    return Compared(name, "agree" if score >= 0.5 else "differ", round(score, 4), weight)  # noqa: PLR2004 — half


def _date(one: Telling, other: Telling) -> float | None:
    if one.day is None or other.day is None:
        return None
    return max(0.0, 1 - abs((one.day - other.day).days) / DAYS)


def _unit(one: Telling, other: Telling) -> float | None:
    """A neighbour, under the same unit above, is half an agreement: pupils of two schools clash at either."""
    if one.unit is None or other.unit is None:
        return None
    if one.unit == other.unit:
        return 1.0
    return 0.5 if parent(one.unit) == parent(other.unit) else 0.0


def _overlap(one: Counter[object], other: Counter[object]) -> float | None:
    """What both have of what either has."""
    if not one or not other:
        return None
    return (one & other).total() / (one | other).total()


def _forms(one: Telling, other: Telling) -> float | None:
    return _overlap(Counter(one.forms), Counter(other.forms))


def _persons(one: Telling, other: Telling) -> float | None:
    score = _overlap(Counter(one.persons), Counter(other.persons))
    if score is None or not one.ages or not other.ages:
        return score
    near = sum(any(abs(age - each) <= 1 for each in other.ages) for age in one.ages) / len(one.ages)
    return (score + near) / 2


def _same(one: str | None, other: str | None) -> float | None:
    return None if one is None or other is None else float(one == other)


def _channels(one: Telling, other: Telling) -> float | None:
    """Other sources tell of an event that is recorded already; the same one seldom tells twice."""
    if not one.channels or not other.channels:
        return None
    return float(one.channels.isdisjoint(other.channels))


RULES: MappingProxyType[str, Callable[[Telling, Telling], float | None]] = MappingProxyType(
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
