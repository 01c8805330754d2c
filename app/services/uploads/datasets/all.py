"""The datasets that take uploads."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.core.problems import NOT_FOUND
from app.services.uploads.contract import Dataset
from app.services.uploads.datasets.roster_counts import RosterCounts

DATASETS: Final[Mapping[str, type[Dataset]]] = MappingProxyType({each.code: each for each in (RosterCounts,)})


def dataset_of(code: str) -> type[Dataset]:
    """Raises `not_found` (404)."""
    if code not in DATASETS:
        raise NOT_FOUND()
    return DATASETS[code]
