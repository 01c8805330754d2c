"""What waits of data subjects' requests: those of the caller's unit that are open."""

from typing import Final

from app.core.filters import UNFILTERED
from app.core.problems import Text
from app.models.privacy.subject_requests import SubjectRequest
from app.security.access.roles import Act, Resource
from app.services.platform.unit_of_work import UnitOfWork
from app.services.platform.waiting_work import FIRST, Waiting, WaitingItem, WaitingWork, waiting_of
from app.services.privacy.subject_requests import SubjectRequestService

OPEN: Final = ("received", "accepted", "extended")


async def _open(work: UnitOfWork) -> Waiting:
    async with work.at_own_unit():
        found = await SubjectRequestService(work).page(FIRST, UNFILTERED, state=OPEN, kind=())
    return waiting_of(found, _item)


def _item(row: SubjectRequest) -> WaitingItem:
    due = row.answer_due_at if row.answered_at is None else row.act_due_at
    return WaitingItem(row.id, "get_subject_request", {"request_id": row.id}, row.code, due)


WAITING_WORK: Final = (
    WaitingWork(
        "subject_requests_open",
        Text("Yêu cầu của chủ thể dữ liệu chưa giải quyết", "Requests of data subjects that are open"),
        Act.DECIDE,
        Resource.SUBJECT_REQUEST,
        _open,
    ),
)
