"""Suggestions of incidents that may be the same event."""

from collections.abc import Iterable
from uuid import UUID

from fastapi import APIRouter, Depends

from app.api.http.deps import May, WorkDep
from app.api.http.routing import Route
from app.schemas.duplicates.suggestions import SimilarFieldOut, SimilarOut
from app.security.access.roles import Act, Resource
from app.services.duplicates.suggestions import Similar, SuggestionService

router = APIRouter(tags=["merges"], route_class=Route)
FACTS = ("id", "code", "unit_id", "holder_id", "state", "group", "occurred_on", "received_at")


def _out(found: Iterable[Similar]) -> list[SimilarOut]:
    return [
        SimilarOut(
            **{name: getattr(each.incident, name) for name in FACTS},
            score=each.score,
            fields=[SimilarFieldOut.model_validate(compared) for compared in each.fields],
        )
        for each in found
    ]


@router.get("/incidents/{incident_id}/similar", dependencies=[Depends(May(Act.READ, Resource.INCIDENT))])
async def list_similar_to_incident(incident_id: UUID, work: WorkDep) -> list[SimilarOut]:
    """List up to ten incidents near this one in place and time that may be the same event, most likely first.

    Only facts visible to the caller are compared; each field shows whether it agrees. A suggestion has no effect:
    `POST /incidents/{id}/merges` merges.
    """
    return _out(await SuggestionService(work).of_incident(incident_id))


@router.get("/intakes/{intake_id}/similar", dependencies=[Depends(May(Act.READ, Resource.INTAKE))])
async def list_similar_to_intake(intake_id: UUID, work: WorkDep) -> list[SimilarOut]:
    """The same for an intake without an incident (otherwise empty); `POST /intakes/{id}/link` links it."""
    return _out(await SuggestionService(work).of_intake(intake_id))
