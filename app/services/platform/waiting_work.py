"""What waits for a caller. Each area names its own kinds; the area `work` asks those that the caller acts on.

A kind reads lists that the caller may page through anyway, in one statement, so that nothing shows here that is hidden
there.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from app.core.paging import Page, PageRequest
from app.core.problems import Text
from app.security.access.roles import Act, Resource
from app.services.platform.unit_of_work import UnitOfWork

T = TypeVar("T")
# More than a person looks through is only said to be more.
MOST: Final = 100
FEW: Final = 5
FIRST: Final = PageRequest(MOST, None)


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """One record, with the operation that shows it. Without a code of its own it has its incident's."""

    id: UUID
    operation: str
    ids: Mapping[str, UUID]
    code: str | None = None
    due_at: datetime | None = None
    incident_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait, at most `MOST`, and the first few of them."""

    count: int
    more: bool
    items: list[WaitingItem]


@dataclass(frozen=True, slots=True)
class WaitingWork:
    """A kind of work that waits for those who have the right to act on it."""

    kind: str
    label: Text
    act: Act
    resource: Resource
    waiting: Callable[[UnitOfWork], Awaitable[Waiting]]


def waiting_of(page: Page[T], item: Callable[[T], WaitingItem]) -> Waiting:
    return Waiting(len(page.items), page.more, [item(each) for each in page.items[:FEW]])
