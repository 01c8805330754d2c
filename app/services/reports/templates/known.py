"""What a definition may name: the computed sources, and the codes of lists."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from app.core.vocabulary import Dimension
from app.repositories.reports.sources import SOURCES
from app.repositories.reports.sources.registry import Tally
from app.schemas.reports.definitions import CODE_LISTS


@dataclass(frozen=True, slots=True)
class Counted:
    """How a source counts: by which dimensions, in two parts, as a middle value, and whether persons of cases."""

    dimensions: frozenset[Dimension]
    has_denominator: bool = False
    is_median: bool = False
    of_persons: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """Sources by name, and the codes that each list ever had."""

    sources: Mapping[str, Counted]
    codes: Mapping[str, frozenset[str]]

    def codes_of(self, dimension: Dimension) -> frozenset[str]:
        return self.codes.get(CODE_LISTS[dimension], frozenset())


def known_of(codes: Iterable[tuple[str, str]]) -> Known:
    """The registered sources, with lists and their codes."""
    lists = defaultdict[str, set[str]](set)
    for name, code in codes:
        lists[name].add(code)
    return Known(_counted(), {name: frozenset(each) for name, each in lists.items()})


@cache
def _counted() -> Mapping[str, Counted]:
    return {
        name: Counted(source.dimensions, source.has_denominator, source.tally is Tally.MEDIAN, source.of_persons)
        for name, source in SOURCES.items()
    }
