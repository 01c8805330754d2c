"""The monthly reconciliation of referrals with the partner's records."""

import csv
from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from uuid import UUID

from app.core.paging import Page, PageRequest
from app.core.text import plain_cell
from app.core.time import VIETNAM
from app.models.referrals import Month, Referral
from app.repositories.reference import HotlineRepository
from app.repositories.referrals import ReferralRepository
from app.repositories.units import UnitRepository
from app.security.access.scope import Range
from app.services.platform.unit_of_work import UnitOfWork

BYTE_ORDER_MARK = "\ufeff"
DIRECTIONS = {"out": "chuyển đi", "in": "chuyển đến"}
HEAD = (
    *("Mã", "Số phiếu", "Chiều", "Đối tác", "Kênh", "Ngày chuyển", "Hạn xác nhận", "Ngày xác nhận"),
    *("Kết quả", "Ngày có kết quả", "Ngày phản hồi", "Ngày kết thúc", "Trạng thái"),
)


class ReconciliationService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.referrals = ReferralRepository(work.session)

    async def page(self, month: Month, page: PageRequest) -> Page[Referral]:
        """Referrals in the caller's scope; for an agency, those made to it and shared with it."""
        return await self.referrals.page(self.referrals.made_in(month, *self._reach), page)

    async def table(self, month: Month) -> str:
        """The whole month as CSV (RFC 4180) for a spreadsheet: Vietnamese headers, local dates, no formulas."""
        referrals = await self.referrals.in_order(self.referrals.made_in(month, *self._reach))
        partners = await self._partners(referrals)
        text = StringIO()
        text.write(BYTE_ORDER_MARK)
        writer = csv.writer(text)
        writer.writerow(HEAD)
        writer.writerows(map(plain_cell, _row(referral, partners)) for referral in referrals)
        return text.getvalue()

    @property
    def _reach(self) -> tuple[Range, UUID]:
        return self.work.scope.reads(Referral), self.work.actor.unit_id

    async def _partners(self, referrals: Iterable[Referral]) -> dict[UUID, str]:
        """Names of partners by id."""
        agencies = {referral.agency_id for referral in referrals if referral.agency_id is not None}
        named = await UnitRepository(self.work.session).names(agencies, self.work.today)
        numbers = await HotlineRepository(self.work.session).numbers()
        return numbers | {key: version.name_vi for key, version in named.items()}


def _row(referral: Referral, partners: dict[UUID, str]) -> tuple[str, ...]:
    partner = referral.hotline_id or referral.agency_id
    number = f"{referral.sheet_number}/{referral.sheet_year}" if referral.sheet_number else ""
    return (
        referral.code,
        number,
        DIRECTIONS[referral.direction],
        partners.get(partner, "") if partner else "",
        referral.channel,
        *map(_local, (referral.made_at, referral.acknowledge_by, referral.acknowledged_at)),
        referral.outcome or "",
        *map(_local, (referral.outcome_at, referral.feedback_at, referral.closed_at)),
        referral.state,
    )


def _local(moment: datetime | None) -> str:
    return moment.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M") if moment else ""
