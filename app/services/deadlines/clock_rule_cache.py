"""In-memory cache of clock rules and announced days, filled by `ClockRules`."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

FRESH_S = 60.0


@dataclass(frozen=True, slots=True)
class Rule:
    code: str
    valid_from: date
    valid_to: date | None
    label_vi: str
    label_en: str
    starts_on: str
    restarts_on: str | None
    met_by: tuple[str, ...]
    severities: tuple[str, ...]
    groups: tuple[str, ...]
    amount: int
    time_unit: str
    escalates: bool
    outlasts: bool
    is_law: bool
    source: str


@dataclass(frozen=True, slots=True)
class CachedLocalDeadline:
    """A local deadline with the path of its unit."""

    id: UUID
    unit_id: UUID
    org_path: str
    rule_code: str
    amount: int
    time_unit: str
    decision_number: str
    valid_from: date
    valid_to: date | None


@dataclass(slots=True)
class ClockRuleCache:
    rules: tuple[Rule, ...] = ()
    local: tuple[CachedLocalDeadline, ...] = ()
    announced: dict[date, bool] = field(default_factory=dict)
    read_at: float = -FRESH_S
