"""What denied writes would have left behind."""

from sqlalchemy import func, select

from app.models.attachments import Attachment
from app.models.cases.incidents import Incident, IncidentEvent, IncidentPerson, IncidentSeverity
from app.models.intakes.intakes import IntakeLink
from app.models.referrals import Referral
from app.models.sharing.grants import CaseGrant
from app.security.access.scope import ALL
from tests.isolation.rule import Case
from tests.world import World


async def traces(world: World, cases: list[Case]) -> dict[str, object]:
    """What denied writes would have changed: versions, paths, and the number of parts of each case."""
    found: dict[str, object] = {}
    async with world.runtime.work(ALL, write=False) as work:
        for case in cases:
            key = case.ids["incident_id"]
            incident = (await work.session.scalars(select(Incident).where(Incident.id == key))).one()
            parts = [
                await work.session.scalar(select(func.count()).select_from(part).where(part.incident_id == key))
                for part in (
                    Attachment,
                    CaseGrant,
                    IncidentEvent,
                    IncidentPerson,
                    IncidentSeverity,
                    IntakeLink,
                    Referral,
                )
            ]
            found[case.key] = (incident.version, incident.org_path, incident.state, parts)
    return found
