"""What waits of commitments: the classes and agreements that are not settled."""

from typing import Final

from app.core.problems import Text
from app.models.commitments.agreements import CommitmentAgreement
from app.models.commitments.classes import CommitmentClass
from app.repositories.commitments.agreements import AgreementRepository
from app.repositories.commitments.classes import CommitmentClassRepository
from app.security.access.roles import Act, Resource
from app.services.platform.unit_of_work import UnitOfWork
from app.services.platform.waiting_work import FIRST, Waiting, WaitingItem, WaitingWork, waiting_of


async def _unsettled(work: UnitOfWork) -> Waiting:
    return waiting_of(await CommitmentClassRepository(work.session).waiting(FIRST, work.today), _item)


def _item(row: CommitmentClass) -> WaitingItem:
    return WaitingItem(row.id, "get_commitment_class", {"commitment_class_id": row.id}, row.code)


async def _open_agreements(work: UnitOfWork) -> Waiting:
    return waiting_of(await AgreementRepository(work.session).waiting(FIRST, work.today), _agreement)


def _agreement(row: CommitmentAgreement) -> WaitingItem:
    return WaitingItem(row.id, "get_commitment_agreement", {"agreement_id": row.id}, row.code)


WAITING_WORK: Final = (
    WaitingWork(
        "commitment_classes",
        Text("Lớp chưa ghi nhận xong cam kết", "Classes whose commitments are not settled"),
        Act.UPDATE,
        Resource.COMMITMENT,
        _unsettled,
    ),
    WaitingWork(
        "commitment_agreements",
        Text("Bản cam kết của đơn vị, cán bộ chưa ghi nhận xong", "Agreements that are not settled"),
        Act.UPDATE,
        Resource.COMMITMENT_AGREEMENT,
        _open_agreements,
    ),
)
