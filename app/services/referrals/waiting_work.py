"""What waits of referrals: partners to ask again, and for a partner what was referred to it."""

from typing import Final

from app.core.filters import UNFILTERED
from app.core.problems import Text
from app.models.referrals import Referral
from app.repositories.referrals import ReferralRepository
from app.schemas.referrals.flow import REFERRAL_FLOW
from app.security.access.roles import Act, Resource
from app.security.access.scope import Range
from app.services.platform.unit_of_work import UnitOfWork
from app.services.platform.waiting_work import FIRST, Waiting, WaitingItem, WaitingWork, waiting_of


async def _unanswered(work: UnitOfWork) -> Waiting:
    referrals = ReferralRepository(work.session)
    query = referrals.unanswered(Range.at(work.actor.org_path), work.now)
    return waiting_of(await referrals.page(query, FIRST), _item)


async def _to_acknowledge(work: UnitOfWork) -> Waiting:
    found = await ReferralRepository(work.session).listed(
        FIRST,
        UNFILTERED,
        incident_id=None,
        state=(REFERRAL_FLOW.initial,),
        agency_id=work.actor.unit_id,
        is_ranged=False,
    )
    return waiting_of(found, _item)


def _item(row: Referral) -> WaitingItem:
    return WaitingItem(row.id, "get_referral", {"referral_id": row.id}, row.code, row.acknowledge_by)


WAITING_WORK: Final = (
    WaitingWork(
        "referrals_unanswered",
        Text("Chuyển tuyến chưa được phản hồi, cần đôn đốc", "Referrals to follow up"),
        Act.UPDATE,
        Resource.REFERRAL,
        _unanswered,
    ),
    WaitingWork(
        "referrals_to_acknowledge",
        Text("Vụ việc được chuyển đến, chờ xác nhận", "Referrals to acknowledge"),
        Act.DECIDE,
        Resource.REFERRAL,
        _to_acknowledge,
    ),
)
