"""The monthly reconciliation of referrals with the partner's records."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from uuid import UUID

from app.core.paging import Page, PageRequest
from app.core.text import plain_cell
from app.core.time import VIETNAM
from app.models.referrals import Month, Referral
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.reference import HotlineRepository
from app.repositories.referrals import ReferralRepository
from app.repositories.units import UnitRepository
from app.schemas.referrals.flow import REFERRAL_FLOW
from app.security.access.scope import Range
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService

BYTE_ORDER_MARK = "\ufeff"
DIRECTIONS = {"out": "chuyển đi", "in": "chuyển đến"}
HEAD = (
    *("Mã chuyển giao", "Số phiếu", "Mã vụ việc", "Cơ sở giáo dục", "Chiều", "Đối tác", "Số của đối tác", "Kênh"),
    *("Thời điểm chuyển", "Hạn xác nhận", "Thời điểm xác nhận", "Kết quả", "Thời điểm có kết quả"),
    *("Thời điểm phản hồi", "Thời điểm kết thúc", "Trạng thái"),
)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A referral with what names it in the books of both sides."""

    referral: Referral
    incident_code: str
    unit_id: UUID | None
    unit_name_vi: str | None
    partner_name_vi: str

    @property
    def id(self) -> UUID:
        return self.referral.id


class ReconciliationService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.referrals = ReferralRepository(work.session)
        self.incidents = IncidentRepository(work.session)
        self.units = UnitRepository(work.session)

    async def page(self, month: Month, page: PageRequest) -> Page[Reconciled]:
        """Referrals in the caller's scope; for an agency, those made to it and shared with it."""
        found = await self.referrals.page(self.referrals.made_in(month, *self._reach), page)
        return Page(await self._named(found.items), found.more)

    async def table(self, month: Month) -> str:
        """The whole month as CSV (RFC 4180) for a spreadsheet: in Vietnamese, local times, no formulas."""
        rows = await self._named(await self.referrals.in_order(self.referrals.made_in(month, *self._reach)))
        lists = CodeListService(self.work)
        channels, outcomes = await lists.labels("referral_channel"), await lists.labels("referral_outcome")
        text = StringIO()
        text.write(BYTE_ORDER_MARK)
        writer = csv.writer(text)
        writer.writerow(HEAD)
        writer.writerows(map(plain_cell, _row(row, channels, outcomes)) for row in rows)
        return text.getvalue()

    @property
    def _reach(self) -> tuple[Range, UUID]:
        return self.work.scope.reads(Referral), self.work.actor.unit_id

    async def _named(self, referrals: Sequence[Referral]) -> list[Reconciled]:
        """Each with the case's code, the school and the partner, whose own number is opened."""
        await self.referrals.opened(referrals)
        incidents = await self.incidents.named({referral.incident_id for referral in referrals})
        agencies = {referral.agency_id for referral in referrals if referral.agency_id is not None}
        schools = {unit_id for _, unit_id in incidents.values() if unit_id is not None}
        named = await self.units.last_names(agencies | schools, self.work.today)
        names = {key: version.name_vi for key, version in named.items()}
        partners = await HotlineRepository(self.work.session).numbers() | names
        rows = []
        for referral in referrals:
            code, unit_id = incidents.get(referral.incident_id, ("", None))
            partner = partners.get(referral.hotline_id or referral.agency_id or referral.id, "")
            rows.append(Reconciled(referral, code, unit_id, names.get(unit_id) if unit_id else None, partner))
        return rows


def _row(row: Reconciled, channels: dict[str, str], outcomes: dict[str, str]) -> tuple[str, ...]:
    referral = row.referral
    number = f"{referral.sheet_number}/{referral.sheet_year}" if referral.sheet_number else ""
    return (
        referral.code,
        number,
        row.incident_code,
        row.unit_name_vi or "",
        DIRECTIONS[referral.direction],
        row.partner_name_vi,
        referral.reference_given or "",
        channels.get(referral.channel, referral.channel),
        *map(_local, (referral.made_at, referral.acknowledge_by, referral.acknowledged_at)),
        outcomes.get(referral.outcome, referral.outcome) if referral.outcome else "",
        *map(_local, (referral.outcome_at, referral.feedback_at, referral.closed_at)),
        REFERRAL_FLOW.states[referral.state][0],
    )


def _local(moment: datetime | None) -> str:
    return moment.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M") if moment else ""
