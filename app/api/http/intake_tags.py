"""The ETag of an intake: its words never change, what came of it does."""

from uuid import UUID

from app.api.http.record_headers import RecordHeaders
from app.core.scoping import Tier
from app.services.intakes.intakes import IntakeService, Outcome
from app.services.platform.unit_of_work import UnitOfWork


def tag_intake(headers: RecordHeaders, outcome: Outcome, tier: Tier) -> None:
    headers.tag(outcome.incident_id or outcome.set_aside_reason or "unlinked", int(tier))


async def tag_outcome(work: UnitOfWork, intake_id: UUID, headers: RecordHeaders) -> None:
    """The tag after a step that changed what comes of the intake."""
    await work.flush()
    tag_intake(headers, await IntakeService(work).outcome(intake_id), work.actor.case_tier)
