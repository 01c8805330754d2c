"""Audit entries, built from the audit trail of a unit of work."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.canonical_json import canonical
from app.core.ids import id_of_hour, new_id
from app.core.time import next_grid_line
from app.models.audit import AuditEntry, AuditSubject
from app.security.access.elevation import ElevationReason
from app.security.access.principal import Principal
from app.security.audit.chain import digest
from app.security.audit.trail import Trace

ROOT = "/"
REPORTERS = frozenset({ElevationReason.PUBLIC_INTAKE, ElevationReason.RECEIPT})


@dataclass(frozen=True, slots=True)
class Occasion:
    """The actor, time and operation of a unit of work; a job has no request id."""

    actor: Principal | None
    at: datetime
    operation: str
    request_id: str | None


def build_audit_entry(occasion: Occasion, trace: Trace) -> tuple[AuditEntry, list[AuditSubject]]:
    """The entry and its subjects (incidents, intakes, learners, uploads): ids, table names and codes, no value.

    Anonymous requests have no subjects and no request id, and their time is the next moment of the grid, from which
    auditors see them, so the log cannot identify a reporter. An entry about a case routed above an accused unit
    belongs to the level above and names no unit, so the accused unit's auditors cannot identify the reporter.
    """
    actor = occasion.actor
    by_reporter = not REPORTERS.isdisjoint(trace.elevated)
    at = next_grid_line(occasion.at) if by_reporter else occasion.at
    entry_id = id_of_hour(at) if by_reporter else new_id()
    above = _above(actor, trace) if actor else None
    unit_id = actor.unit_id if actor and above is None else None
    org_path = above or (actor.org_path if actor else next(iter(trace.paths), ROOT))
    is_anonymous = actor is None and occasion.request_id is not None
    subjects = [] if is_anonymous else trace.subjects
    content: dict[str, Any] = {
        "v": 1,
        "id": str(entry_id),
        "at": at.isoformat(),
        "actor": str(actor.id) if actor else None,
        "role": actor.role if actor else None,
        "unit": str(unit_id) if unit_id else None,
        "path": org_path,
        "tier": int(actor.case_tier) if actor else None,
        "about": occasion.operation,
        "request": None if by_reporter else occasion.request_id,
        "subjects": [str(subject) for subject in subjects],
    }
    content |= {name: value for name, value in _acts(trace).items() if value}
    body = canonical(content)
    entry = AuditEntry(
        id=entry_id,
        unit_id=unit_id,
        org_path=org_path,
        at=at,
        actor_id=actor.id if actor else None,
        role=actor.role if actor else None,
        about=occasion.operation,
        body=body,
        digest=digest(body),
    )
    return entry, [AuditSubject(entry_id=entry_id, subject_id=subject) for subject in subjects]


def _above(actor: Principal, trace: Trace) -> str | None:
    if ElevationReason.ACCUSED_ROUTING not in trace.elevated:
        return None
    return next((path for path in trace.paths if not path.startswith(actor.org_path)), None)


def _acts(trace: Trace) -> dict[str, Any]:
    return {
        "opened": {table: sorted(keys) for table, keys in trace.opened.items()},
        "written": {table: {act: sorted(keys) for act, keys in acts.items()} for table, acts in trace.written.items()},
        "elevated": trace.elevated,
        "acts": trace.acts,
    }
