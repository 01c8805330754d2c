"""The datasets that take uploads."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.core.problems import NOT_FOUND, invalid
from app.services.uploads.contract import Dataset
from app.services.uploads.datasets.accounts import Accounts
from app.services.uploads.datasets.classes import Classes
from app.services.uploads.datasets.commitment_signatures import CommitmentSignatures
from app.services.uploads.datasets.guardians import Guardians
from app.services.uploads.datasets.learners import Learners
from app.services.uploads.datasets.report_values import ReportValues
from app.services.uploads.datasets.roster_counts import RosterCounts
from app.services.uploads.datasets.staff import Staff

DATASETS: Final[Mapping[str, type[Dataset]]] = MappingProxyType(
    {
        each.code: each
        for each in (RosterCounts, Classes, Learners, Guardians, Staff, ReportValues, Accounts, CommitmentSignatures)
    }
)


def check_dataset(code: str) -> type[Dataset]:
    """For a parameter. Raises `invalid` (422)."""
    if code not in DATASETS:
        text = ("Không có bộ dữ liệu này", "There is no such dataset")
        raise invalid("dataset", "unknown_dataset", *text, allowed=tuple(DATASETS))
    return DATASETS[code]


def dataset_of(code: str) -> type[Dataset]:
    """Raises `not_found` (404)."""
    if code not in DATASETS:
        raise NOT_FOUND()
    return DATASETS[code]
