"""Learners who came from another school: each waits for a confirmation, whether or not any unit knows the child.

The request looks nothing up, so that its answer and its time disclose nothing; the worker does so later (settling.py).
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.core.ids import new_id
from app.core.vocabulary import TransferSide, TransferState
from app.models.learners.enrolments import Enrolment, EnrolmentStatusCode
from app.models.learners.transfers import LearnerTransfer, code_of
from app.repositories.learners.enrolments import EnrolmentStatusCodeRepository
from app.repositories.learners.transfers import TransferRepository
from app.schemas.learners.transfers import TRANSFER_FLOW
from app.services.platform.jobs import JobKind, enqueue
from app.services.platform.unit_of_work import UnitOfWork


def coming(codes: Iterable[EnrolmentStatusCode]) -> frozenset[str]:
    """The statuses that say that the learner came from another school."""
    return frozenset(each.code for each in codes if each.movement == "in")


def arrival(
    work: UnitOfWork, learner_id: UUID, enrolment_id: UUID, status: str, day: date, upload_id: UUID | None = None
) -> dict[str, Any]:
    """The columns of an arrival at the caller's unit."""
    made = new_id()
    return {
        "id": made,
        "unit_id": work.actor.unit_id,
        "org_path": work.actor.org_path,
        "side": TransferSide.ARRIVAL,
        "code": code_of(made),
        "learner_id": learner_id,
        "enrolment_id": enrolment_id,
        "upload_id": upload_id,
        "status": status,
        "moved_on": day,
        "made_on": work.today,
        "waits_until": work.today + timedelta(days=work.runtime.settings.transfer_days),
    }


async def note_arrival(work: UnitOfWork, enrolment: Enrolment, former: str | None) -> None:
    """Add an arrival where the new status says that the learner came from another school and the former one did not."""
    codes = coming(await EnrolmentStatusCodeRepository(work.session).on(enrolment.status_on))
    if enrolment.status not in codes or former in codes:
        return
    place = (enrolment.learner_id, enrolment.id, enrolment.status, enrolment.status_on)
    work.session.add(LearnerTransfer(**arrival(work, *place)))
    await work.flush()


async def withdraw(work: UnitOfWork, transfer_id: UUID) -> None:
    """Withdraw the arrival of an enrolment that became void."""
    transfer = await TransferRepository(work.session).lock(transfer_id)
    if transfer is None or transfer.state != TransferState.WAITING:
        return
    transfer.state, transfer.ended_at = TRANSFER_FLOW.step(transfer.state, "withdraw").target, work.now
    await settle_soon(work, transfer_id=transfer_id)


async def settle_soon(work: UnitOfWork, **asked: UUID) -> None:
    """Queue the job that settles one transfer, or the transfers of a learner whose protection changed."""
    for name, key in asked.items():
        await enqueue(work, JobKind.SETTLE_TRANSFERS, f"{name}:{key}", {name: str(key)})
