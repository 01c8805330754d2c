"""What waits of reports: those to write, those that came back, and those to review."""

from functools import partial
from typing import Final

from app.core.problems import Text
from app.models.reports.reports import Report
from app.repositories.reports.waiting import WaitingReportRepository
from app.security.access.roles import Act, Resource
from app.services.platform.unit_of_work import UnitOfWork
from app.services.platform.waiting_work import FIRST, Waiting, WaitingItem, WaitingWork, waiting_of


async def _owed(state: tuple[str, ...], work: UnitOfWork) -> Waiting:
    reports = WaitingReportRepository(work.session)
    return waiting_of(await reports.owed(FIRST, work.actor.unit_id, work.today, state), _item)


async def _to_review(work: UnitOfWork) -> Waiting:
    reports = WaitingReportRepository(work.session)
    return waiting_of(await reports.to_review(FIRST, work.actor.unit_id, ("submitted",)), _item)


async def _to_unlock(work: UnitOfWork) -> Waiting:
    return waiting_of(await WaitingReportRepository(work.session).to_unlock(FIRST), _item)


def _item(row: Report) -> WaitingItem:
    return WaitingItem(row.id, "get_report", {"report_id": row.id}, row.code, row.due_at_said)


WAITING_WORK: Final = (
    WaitingWork(
        "reports_returned",
        Text("Báo cáo bị trả lại", "Reports that were returned"),
        Act.CREATE,
        Resource.REPORT,
        partial(_owed, ("returned",)),
    ),
    WaitingWork(
        "reports_due",
        Text("Báo cáo phải nộp", "Reports to submit"),
        Act.CREATE,
        Resource.REPORT,
        partial(_owed, ("owed", "draft")),
    ),
    WaitingWork(
        "reports_to_review",
        Text("Báo cáo chờ duyệt", "Reports to review"),
        Act.DECIDE,
        Resource.REPORT,
        _to_review,
    ),
    WaitingWork(
        "unlock_requests",
        Text("Yêu cầu mở khóa báo cáo", "Requests to unlock a report"),
        Act.MANAGE,
        Resource.REPORT,
        _to_unlock,
    ),
)
