"""Waiting work of the registry: learners who seem to have moved to another school."""

from typing import Final

from app.core.problems import Text
from app.core.vocabulary import TransferSide, TransferState
from app.models.learners.transfers import LearnerTransfer, TransferFilter
from app.security.access.roles import Act, Resource
from app.services.learners.transfers import TransferService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.platform.waiting_work import FIRST, Waiting, WaitingItem, WaitingWork, waiting_of


async def _to_confirm(work: UnitOfWork) -> Waiting:
    wanted = TransferFilter(TransferSide.DEPARTURE, (TransferState.WAITING,))
    return waiting_of(await TransferService(work).page(FIRST, wanted), _item)


def _item(row: LearnerTransfer) -> WaitingItem:
    return WaitingItem(row.id, "get_learner_transfer", {"transfer_id": row.id}, row.code)


WAITING_WORK: Final = (
    WaitingWork(
        "learner_transfers_to_confirm",
        Text("Học sinh có thể đã chuyển trường, chờ xác nhận", "Learners who seem to have moved, to confirm"),
        Act.DECIDE,
        Resource.LEARNER,
        _to_confirm,
    ),
)
