"""The reporting chain: which units report, and to whom, by dated rules and the superiors that each had on a day."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from app.models.reports.rules import ReportChainRule


class Superior(NamedTuple):
    """A unit with one of its superiors."""

    unit_id: UUID
    kind: str
    org_path: str
    relation: str
    superior_id: UUID
    superior_kind: str
    superior_path: str
    superior_closed_on: date | None


@dataclass(frozen=True, slots=True)
class Place:
    """A unit's place in the chain; the recipient is empty at its top."""

    unit_id: UUID
    kind: str
    org_path: str
    recipient_id: UUID | None
    is_reviewed: bool


def places(
    rows: Iterable[Superior], now: Iterable[Superior], rules: Sequence[ReportChainRule], day: date
) -> list[Place]:
    """The place of each unit of `rows`, its superiors on the day of the period; `now` are the superiors of today.

    A recipient that was closed meanwhile, or from which the unit moved away, gives way to today's.
    """
    today = _by_unit(now)
    found = []
    for unit_id, each in _by_unit(rows).items():
        still = [row for row in each if not _is_gone(row, day)]
        place = _place(still or today.get(unit_id, []), rules) or _place(today.get(unit_id, []), rules)
        if place is not None and _place(each, rules) is not None:
            found.append(place)
    return found


def kinds_below(kind: str, rules: Sequence[ReportChainRule]) -> list[str]:
    """The kind and all that report to it, directly or through others, in the order of the rules."""
    found = [kind]
    for each in found:
        found += [rule.kind for rule in rules if rule.recipient_kind == each and rule.kind not in found]
    return found


def kinds_between(kind: str, asked: Collection[str], rules: Sequence[ReportChainRule]) -> list[str]:
    """The kinds of those below, and `kind` itself, to which one that is asked reports, and that are not asked."""
    below, found = kinds_below(kind, rules), list[str]()
    waiting = list(asked)
    for each in waiting:
        above = [rule.recipient_kind for rule in rules if rule.kind == each and rule.recipient_kind in below]
        waiting += [name for name in above if name not in waiting and each != kind]
        found += [name for name in above if name not in asked and name not in found and each != kind]
    return [name for name in below if name in found]


def _by_unit(rows: Iterable[Superior]) -> Mapping[UUID, list[Superior]]:
    found: dict[UUID, list[Superior]] = {}
    for row in rows:
        found.setdefault(row.unit_id, []).append(row)
    return found


def _is_gone(row: Superior, day: date) -> bool:
    closed = row.superior_closed_on is not None and row.superior_closed_on <= day
    return closed or not row.org_path.startswith(row.superior_path)


def _place(superiors: Sequence[Superior], rules: Sequence[ReportChainRule]) -> Place | None:
    """By the first rule for the unit's kind whose recipient is one of the superiors."""
    for rule in rules:
        for row in superiors:
            if row.kind == rule.kind and rule.recipient_kind in {"", _superior_kind(row, rule)}:
                recipient = row.superior_id if rule.recipient_kind else None
                return Place(row.unit_id, row.kind, row.org_path, recipient, rule.is_reviewed)
    return None


def _superior_kind(row: Superior, rule: ReportChainRule) -> str | None:
    return row.superior_kind if row.relation == rule.relation else None
