"""Merging incidents of one event."""

from uuid import UUID

from fastapi import APIRouter, Depends

from app.api.http.deps import Idempotent, IfMatch, May, WorkDep, check_tag, entity_tag
from app.api.http.entity_tags import NO_TAG, Tags, read_tags
from app.api.http.incident_answers import tag_incident
from app.api.http.record_headers import Tagged
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.models.cases.incidents import Incident
from app.models.duplicates import IncidentMerge
from app.schemas.duplicates.merges import MergeIn, MergeOut, MergeUndoIn
from app.security.access.roles import Act, Resource
from app.services.cases.incidents import IncidentService
from app.services.duplicates.merges import MergeService
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(
    prefix="/incidents",
    tags=[tag("merges", "Incidents that tell of one event: merged, and parted again")],
    route_class=Route,
)
reader = Depends(May(Act.READ, Resource.INCIDENT))
decider = Depends(May(Act.DECIDE, Resource.INCIDENT))


def _check(work: UnitOfWork, incident: Incident, tag: Tags) -> None:
    check_tag(tag, entity_tag(incident.version, int(work.actor.case_tier)))


def _out(work: UnitOfWork, merge: IncidentMerge) -> MergeOut:
    return MergeOut.shown(merge, work.actor.case_tier)


@router.get("/{incident_id}/merges", dependencies=[reader])
async def list_merges(incident_id: UUID, work: WorkDep) -> list[MergeOut]:
    """List merges of an incident, as survivor or absorbed, including undone ones, if the caller sees both incidents."""
    incident = await IncidentService(work).get(incident_id)
    return [_out(work, merge) for merge in await MergeService(work).of_incident(incident)]


@router.post("/{incident_id}/merges", status_code=201, dependencies=[decider, Idempotent])
async def merge_incidents(incident_id: UUID, body: MergeIn, tag: IfMatch, headers: Tagged, work: WorkDep) -> MergeOut:
    """Merge another incident of the same event into this one.

    The absorbed incident retains its rows, holder and state, rejects changes (409 `merged`), and its running clocks
    become void. If either accuses staff, neither is visible to their unit. The ETag is the survivor's.
    """
    service = MergeService(work)
    survivor, absorbed = await service.pair(incident_id, body.incident_id)
    _check(work, survivor, tag)
    _check(work, absorbed, read_tags(body.etag) or NO_TAG)
    merge = await service.merge(survivor, absorbed, body.reason)
    await tag_incident(work, survivor, headers)
    return _out(work, merge)


@router.post("/{incident_id}/merges/{merge_id}/undo", dependencies=[decider, Idempotent])
async def undo_merge(
    incident_id: UUID, merge_id: UUID, body: MergeUndoIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> MergeOut:
    """Undo a merge: clocks restart; counts, custody and shares are restored. The ETag is the survivor's."""
    service = MergeService(work)
    merge = await service.get(incident_id, merge_id)
    survivor, absorbed = await service.pair(incident_id, merge.incident_id)
    _check(work, survivor, tag)
    _check(work, absorbed, read_tags(body.etag) or NO_TAG)
    undone = await service.undo(survivor, absorbed, merge, body.reason)
    await tag_incident(work, survivor, headers)
    return _out(work, undone)
