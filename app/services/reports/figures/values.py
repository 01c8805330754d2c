"""A figure as rules and roll-ups see it."""

from collections.abc import Mapping
from typing import NamedTuple

from app.schemas.reports.snapshots import FigureStatus

# An item's code, and the cell of its breakdown; empty for the total.
Key = tuple[str, str]


class Value(NamedTuple):
    """What is known of one figure. `previous` is last year's numerator."""

    numerator: int | None = None
    denominator: int | None = None
    previous: int | None = None
    status: FigureStatus = "computed"

    @property
    def is_known(self) -> bool:
        """It has a number: neither missing, nor withheld, nor not applicable."""
        return self.numerator is not None and self.status in {"computed", "declared"}


Values = Mapping[Key, Value]
NOTHING = Value(status="missing")
