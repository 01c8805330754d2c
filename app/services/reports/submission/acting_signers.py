"""Who signs a unit's reports: its head by right, and for an absent head the person whom a decision names."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.core.filters import ListFilter
from app.core.paging import Page, PageRequest
from app.core.problems import FORBIDDEN, INVALID, Text, fault, invalid
from app.core.vocabulary import AccountStatus
from app.models.accounts import User
from app.models.reports.acting_signers import ActingSigner
from app.repositories.accounts import UserRepository
from app.repositories.reports.acting_signers import ActingSignerRepository
from app.schemas.reports.acting_signers import ACTING_SIGNER_FLOW, ActingSignerIn
from app.security.access.roles import MATRIX, Act, Resource, Role
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.problems import ACTING_SIGNER_OVERLAPS

NOT_THE_SIGNER = Text(
    "Chỉ người đứng đầu, hoặc người được giao ký thay, mới được thực hiện",
    "Only the head, or who is named to sign for the head, may do so",
)
DIRECT: Final = "direct"
ACTING_SIGNER_NAMED: Final = (
    "Người ký thay ghi chức vụ và họ tên của mình",
    "Who signs for the head gives the own title and name",
)
MODE_OF_DECISION: Final = ("Ký theo hình thức ghi trong quyết định", "The decision names the mode of signing")


@dataclass(frozen=True, slots=True)
class Signature:
    """How somebody signs: in their own right (`mode` empty), or for the head (KT., TM.: Decree 30/2020/NĐ-CP)."""

    mode: str | None

    def mode_of(self, asked: str | None, title: str | None, name: str | None) -> str:
        """The mode in which a report is signed: the one asked, or of the decision.

        Who signs for the head is printed with the own title and name (Decree 30/2020/NĐ-CP). Raises `invalid` (422).
        """
        if self.mode is None:
            return asked or DIRECT
        faults = [
            fault(f"/{member}", "acting_signer_named", *ACTING_SIGNER_NAMED)
            for member, given in (("signer_title", title), ("signer_name", name))
            if given is None
        ]
        if asked not in {None, self.mode}:
            faults.append(fault("/signing_mode", "mode_of_decision", *MODE_OF_DECISION, allowed=(self.mode,)))
        if faults:
            raise INVALID(faults=faults)
        return self.mode


async def may_sign(work: UnitOfWork, unit_id: UUID) -> Signature | None:
    """How the caller signs reports of their own unit today; None for those who may not, and for every other unit."""
    actor = work.actor
    if actor.unit_id != unit_id:
        return None
    if actor.may(Act.SHARE, Resource.REPORT):
        return Signature(None)
    acting = await ActingSignerRepository(work.session).in_force(unit_id, actor.id, work.today)
    return None if acting is None or not actor.may(Act.CREATE, Resource.REPORT) else Signature(acting.mode)


async def signature_of(work: UnitOfWork) -> Signature:
    """How the caller signs reports of their own unit. Raises `forbidden` (403) for all who may not."""
    signature = await may_sign(work, work.actor.unit_id)
    if signature is None:
        raise FORBIDDEN(NOT_THE_SIGNER)
    return signature


class ActingSignerService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.signers = ActingSignerRepository(work.session)

    async def page(self, page: PageRequest, at: ListFilter) -> Page[ActingSigner]:
        return await self.signers.listed(page, at)

    async def get(self, signer_id: UUID) -> ActingSigner:
        return await self.signers.get(signer_id)

    async def name(self, data: ActingSignerIn) -> ActingSigner:
        """Name a person of the caller's unit, or of one below, who drafts its reports and does not sign by right.

        One person at a time acts for a head, as long as an absence may last in the settings: who acts longer is
        appointed. Nobody who acts names another (Decree 30/2020/NĐ-CP art. 13: no authority is passed on). Raises
        `invalid` (422), `acting_signer_overlaps` (409).
        """
        user = await UserRepository(self.work.session).find(data.user_id)
        if user is None or not _may_act(user):
            text = ("Không có người soạn báo cáo này trong đơn vị", "Nobody of the line drafts reports by this id")
            raise invalid("/user_id", "unknown_user", *text)
        if data.valid_to <= data.valid_from:
            raise invalid("/valid_to", "ends_before_start", "Ngày hết hiệu lực trước ngày bắt đầu", "It ends too early")
        if data.valid_to <= self.work.today:
            raise invalid("/valid_to", "in_the_past", "Thời gian giao ký đã qua", "The time is over")
        longest = self.work.runtime.settings.acting_signer_longest_days
        if (data.valid_to - data.valid_from).days > longest:
            text = ("Thời gian giao ký quá dài", "An absence does not last as long")
            raise invalid("/valid_to", "too_long", *text, limit=longest)
        await self.signers.lock_unit(user.unit_id)
        if await self.signers.overlaps(user.unit_id, data.valid_from, data.valid_to):
            raise ACTING_SIGNER_OVERLAPS()
        signer = ActingSigner(
            unit_id=user.unit_id,
            org_path=user.org_path,
            **data.model_dump(),
            named_at=self.work.now,
            named_by=self.work.actor.id,
        )
        self.signers.add(signer)
        await self.work.flush()
        return signer

    async def check_act(self, signer: ActingSigner, act: str) -> None:
        """Refuses a step as the step itself."""
        ACTING_SIGNER_FLOW.step(signer.state, act)

    async def withdraw(self, signer: ActingSigner) -> ActingSigner:
        """End a naming at once. Raises `wrong_state` (409) for one that is withdrawn."""
        await self.check_act(signer, "withdraw")
        signer.withdrawn_at, signer.withdrawn_by = self.work.now, self.work.actor.id
        await self.work.flush()
        return signer


def _may_act(user: User) -> bool:
    acts = MATRIX[Role(user.role)].acts
    drafts, signs = (Act.CREATE, Resource.REPORT) in acts, (Act.SHARE, Resource.REPORT) in acts
    return drafts and not signs and user.status == AccountStatus.ACTIVE
