"""What a completeness board shows: counts of reports, and each report with its times."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

# Timeliness, judged on the first complete submission.
ON_TIME, LATE, OVERDUE, AWAITED = "on_time", "late", "overdue", "awaited"


@dataclass(frozen=True, slots=True)
class BoardFilter:
    recipient_id: UUID | None = None
    kind: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    timeliness: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One report; `id` is the report's."""

    id: UUID
    code: str
    unit_id: UUID
    unit_code: str | None
    kind: str
    recipient_id: UUID | None
    state: str
    due_on: date | None
    extended_on: date | None
    requested_on: date | None
    due_at: datetime | None
    delivered_at: datetime | None
    accepted_at: datetime | None
    locked_at: datetime | None
    timeliness: str | None


@dataclass(frozen=True, slots=True)
class BoardCount:
    """The reports of units of one kind to one recipient."""

    recipient_id: UUID | None
    kind: str
    counts: dict[str, int]
