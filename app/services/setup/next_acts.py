"""What a caller may do next with a record of several areas: each act is asked of the service that does it."""

from app.models.cases.incidents import Incident
from app.models.intakes.intakes import Intake
from app.schemas.proposals import GuardedAct
from app.services.cases.child_cases import CaseService
from app.services.cases.incidents import ANY, IncidentService
from app.services.intakes.forwardings import ForwardingService
from app.services.intakes.informants import InformantService
from app.services.intakes.messages import MessageService
from app.services.intakes.set_asides import SetAsideService
from app.services.intakes.triage import TriageService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.proposals.proposals import ProposalService

OPEN_CASE, PROPOSE = "open_case", "propose_"
FORWARDING = frozenset({"forward", "hand_back"})
TRIAGE = frozenset({"open_incident", "link"})
# The members of a proposal without another record: with a code, whatever it is.
PROPOSED = {GuardedAct.CLOSE: {"without_case": ANY}}


async def check_incident_act(work: UnitOfWork, incident: Incident, act: str) -> None:
    """Refuses an act on an incident as the act itself."""
    if act == OPEN_CASE:
        await CaseService(work).check_openable(incident)
    elif act.startswith(PROPOSE):
        proposed = GuardedAct(act.removeprefix(PROPOSE))
        await IncidentService(work).check_takes_writes(incident)
        await ProposalService(work).check_proposed(incident, proposed, ANY, PROPOSED.get(proposed, {}))
    else:
        await IncidentService(work).check_act(incident, act)


async def check_intake_act(work: UnitOfWork, intake: Intake, act: str) -> None:
    """Refuses an act on an intake as the act itself."""
    if act in FORWARDING:
        await ForwardingService(work).check_act(intake, act)
    elif act in TRIAGE:
        await TriageService(work).check_unlinked(intake)
    elif act == "write_message":
        await MessageService(work).check_answerable(intake)
    elif act == "open_informant":
        await InformantService(work).check_openable(intake)
    else:
        await SetAsideService(work).check_act(intake, act)
