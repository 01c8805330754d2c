"""Reports that wait for somebody, by due time: those that a unit owes, and those that it reviews."""

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Select, or_, select

from app.core.paging import Page, PageRequest
from app.models.reports.reports import Report, ReporterUnit
from app.repositories.base import Repository, in_force
from app.security.access.listings import Asked, Listing


class WaitingReportRepository(Repository[Report]):
    model = Report

    async def owed(self, page: PageRequest, unit_id: UUID, day: date, state: tuple[str, ...]) -> Page[Report]:
        """Those that a unit writes, for itself or as the reporter of another one."""
        return await OWED.page(self.session, page, {"unit_id": unit_id, "day": day, "state": state})

    async def to_review(self, page: PageRequest, unit_id: UUID, state: tuple[str, ...]) -> Page[Report]:
        """Those that a unit receives."""
        return await TO_REVIEW.page(self.session, page, {"unit_id": unit_id, "state": state})

    async def to_unlock(self, page: PageRequest) -> Page[Report]:
        """The locked ones of the session's range for which an unlock is asked."""
        return await TO_UNLOCK.page(self.session, page, {"state": ("locked",)})


def _owed(asked: Asked) -> Select[Report]:
    named = select(ReporterUnit.report_id).where(ReporterUnit.unit_id == asked["unit_id"])
    for_others = named.where(in_force(ReporterUnit, asked["day"]))
    writes = or_(Report.unit_id == asked["unit_id"], Report.id.in_(for_others))
    return select(Report).where(writes, *asked.among(state=Report.state))


def _to_review(asked: Asked) -> Select[Report]:
    received = Report.recipient_id == asked["unit_id"]
    return select(Report).where(asked.within(Report), received, *asked.among(state=Report.state))


def _to_unlock(asked: Asked) -> Select[Report]:
    is_asked = Report.unlock_requested_at.is_not(None)
    return select(Report).where(asked.within(Report), is_asked, *asked.among(state=Report.state))


OWED: Final = Listing(Report, _owed, by=Report.due_at)
TO_REVIEW: Final = Listing(Report, _to_review, by=Report.due_at)
TO_UNLOCK: Final = Listing(Report, _to_unlock)
