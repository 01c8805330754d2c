"""The response with one incident, shared by several areas."""

from functools import partial

from app.api.http.next_actions import Acts, next_actions
from app.api.http.record_headers import RecordHeaders
from app.models.cases.incidents import Incident
from app.schemas.cases.flows import INCIDENT_FLOW
from app.schemas.cases.incidents import IncidentDetailOut
from app.services.cases.decision_level import is_grave
from app.services.cases.incidents import IncidentService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.setup.next_acts import check_incident_act

ACTS = Acts(
    INCIDENT_FLOW,
    dict.fromkeys(INCIDENT_FLOW.actions, "take_incident_step")
    | {
        "change": "change_incident",
        "judge_severity": "judge_severity",
        "record_act": "record_act",
        "add_person": "add_person",
        "open_case": "open_case",
        "create_referral": "create_referral",
        "share": "share_incident",
        "propose_dismiss": "propose",
        "propose_close": "propose",
        "propose_change_group": "propose",
    },
)


async def tag_incident(work: UnitOfWork, incident: Incident, headers: RecordHeaders) -> None:
    """The ETag of the incident after a part of it was made: the If-Match of the next step."""
    await work.flush()
    headers.tag(incident.version, int(await IncidentService(work).tier(incident, incident.id)))


async def incident_out(work: UnitOfWork, incident: Incident, headers: RecordHeaders) -> IncidentDetailOut:
    """The incident as visible to the reader, with the ETag of that view."""
    service = IncidentService(work)
    tier = await service.tier(incident, incident.id)
    headers.tag(incident.version, int(tier))
    return IncidentDetailOut.shown(
        incident,
        tier,
        is_grave=await is_grave(work, incident),
        next_actions=await next_actions(
            work, ACTS, partial(check_incident_act, work, incident), incident_id=incident.id
        ),
        unread_messages=await service.unread_messages(incident),
        intake_count=await service.intake_count(incident),
        merged_into=await service.survivor(incident),
    )
