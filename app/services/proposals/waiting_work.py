"""What waits of proposals: those that the caller's level decides on."""

from typing import Final

from app.core.problems import Text
from app.models.proposals import Proposal
from app.security.access.roles import Act, Resource
from app.services.platform.unit_of_work import UnitOfWork
from app.services.platform.waiting_work import FIRST, Waiting, WaitingItem, WaitingWork, waiting_of
from app.services.proposals.proposals import ProposalService


async def _to_decide(work: UnitOfWork) -> Waiting:
    return waiting_of(await ProposalService(work).to_decide(FIRST), _item)


def _item(row: Proposal) -> WaitingItem:
    return WaitingItem(row.id, "get_proposal", {"proposal_id": row.id}, incident_id=row.incident_id)


WAITING_WORK: Final = (
    WaitingWork(
        "proposals_to_decide",
        Text("Đề nghị chờ quyết định", "Proposals to decide"),
        Act.DECIDE,
        Resource.INCIDENT,
        _to_decide,
    ),
)
