"""An entry of the audit log, made of what a unit of work wrote and opened."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from app.core.clock import whole_hour
from app.core.ids import id_of_hour, new_id
from app.models.audit import AuditEntry, AuditSubject
from app.security.audit_chain import canonical, digest
from app.security.scope import Reason
from app.security.trace import Trace

if TYPE_CHECKING:
    from app.services.work import Work

ROOT = "/"
REPORTERS = frozenset({Reason.PUBLIC_INTAKE, Reason.RECEIPT})


def told(work: "Work", trace: Trace) -> tuple[AuditEntry, list[AuditSubject]]:
    """The entry and the incidents it is about. Ids, table names and codes: no person, no value.

    What a reporter did is told to the hour, and without the request's id, which tells the millisecond.
    """
    actor = work.actor if work.actor_id else None
    by_reporter = not REPORTERS.isdisjoint(trace.widened)
    at = whole_hour(work.now) if by_reporter else work.now
    entry_id = id_of_hour(at) if by_reporter else new_id()
    content: dict[str, Any] = {
        "v": 1,
        "id": str(entry_id),
        "at": at.isoformat(),
        "actor": str(actor.id) if actor else None,
        "role": actor.role if actor else None,
        "unit": str(actor.unit_id) if actor else None,
        "tier": int(actor.tier) if actor else None,
        "about": work.about,
        "request": None if by_reporter else work.request_id,
    }
    content |= {name: value for name, value in _acts(trace).items() if value}
    body = canonical(content)
    entry = AuditEntry(
        id=entry_id,
        unit_id=actor.unit_id if actor else None,
        org_path=actor.org_path if actor else next(iter(trace.paths), ROOT),
        at=at,
        actor_id=actor.id if actor else None,
        role=actor.role if actor else None,
        about=work.about,
        body=body,
        digest=digest(body),
    )
    return entry, [_subject(entry_id, incident_id) for incident_id in trace.incidents]


def _acts(trace: Trace) -> dict[str, Any]:
    return {
        "opened": {table: sorted(keys) for table, keys in trace.opened.items()},
        "written": {table: {act: sorted(keys) for act, keys in acts.items()} for table, acts in trace.written.items()},
        "widened": trace.widened,
        "acts": trace.acts,
    }


def _subject(entry_id: UUID, incident_id: UUID) -> AuditSubject:
    return AuditSubject(entry_id=entry_id, incident_id=incident_id)
