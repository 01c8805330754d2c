"""Agreements of a school: who signed them, recorded in one transaction, and whether the schools of a line have them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from app.core.ids import new_id
from app.core.paging import Page, PageRequest
from app.core.problems import INVALID, NOT_FOUND, FieldFault, Problem, fault, invalid
from app.models.commitments.agreements import (
    AgreementEntry,
    AgreementFilter,
    AgreementObligation,
    CommitmentAgreement,
    part_of,
)
from app.models.commitments.campaigns import CommitmentCampaign
from app.models.commitments.classes import Tally
from app.repositories.commitments.agreements import (
    AgreementEntryRepository,
    AgreementFileRepository,
    AgreementObligationRepository,
    AgreementOwed,
    AgreementRepository,
    SchoolAgreement,
)
from app.schemas.commitments.agreement_flow import AGREEMENT_FLOW, PARTIES_OF
from app.schemas.commitments.agreements import AgreementSignatureIn, AgreementSignaturesIn, AgreementWithdrawalsIn
from app.security.access.elevation import ElevationReason
from app.security.access.roles import Role
from app.security.access.scope import Range
from app.security.crypto.shredded import DESTROYED
from app.services.commitments.campaigns import CampaignService
from app.services.commitments.recording import check_open, check_states, name_obligations
from app.services.commitments.versions import VersionService
from app.services.platform.unit_of_work import UnitOfWork

ELSEWHERE, PDF, SIGNED = "signed_elsewhere", "pdf", "signed"
# Why somebody does not sign is the head's to know, and has no consequence here.
READ_REASONS: Final = frozenset({Role.SCHOOL_HEAD})


class NamesStaff(Protocol):
    """A row of a body that names an obligation."""

    @property
    def staff_id(self) -> UUID | None: ...


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """An obligation, with the name of the member of staff, and the entry of a signature that stands."""

    obligation: AgreementObligation
    full_name: str | None
    signature: AgreementEntry | None


class AgreementService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.agreements = AgreementRepository(work.session)
        self.obligations = AgreementObligationRepository(work.session)
        self.entries = AgreementEntryRepository(work.session)

    async def page(self, page: PageRequest, wanted: AgreementFilter) -> Page[CommitmentAgreement]:
        return await self.agreements.listed(page, wanted)

    async def get(self, key: UUID) -> CommitmentAgreement:
        """Raises `not_found` (404), also for another school's."""
        return await self.agreements.get(key)

    async def counted(self, rows: Iterable[CommitmentAgreement]) -> Mapping[UUID, Tally]:
        return await self.agreements.counted([row.id for row in rows])

    async def board(self, campaign_id: UUID) -> Sequence[SchoolAgreement]:
        """Which schools of the caller's line have which agreements with partners. Raises `not_found` (404)."""
        campaign = await CampaignService(self.work).get(campaign_id)
        path = self.work.actor.org_path
        async with self.work.elevated(ElevationReason.COMMITMENT_FIGURES):
            return await self.agreements.board(campaign.id, Range.under(path))

    async def screen(self, row: CommitmentAgreement) -> list[AgreementLine]:
        """Who is to sign: staff by given name. Nobody, once it is destroyed."""
        if row.destroyed_at is not None:
            return []
        staff = {each.id: each for each in await self.obligations.staff(row.id)}
        self.work.audit_view(staff.values())
        obligations = await self.obligations.of_agreement(row.id)
        standing = await self.entries.standing([each.id for each in obligations])
        signed = {each.obligation_id: each for each in standing if each.state == SIGNED}
        order: dict[UUID | None, int] = {key: at for at, key in enumerate(staff)}
        return [
            AgreementLine(each, staff[each.staff_id].full_name if each.staff_id in staff else None, signed.get(each.id))
            for each in sorted(obligations, key=lambda each: order.get(each.staff_id, len(order)))
        ]

    async def history(self, key: UUID) -> list[tuple[AgreementEntry, UUID | None, str | None]]:
        """What was recorded, in order: of which member of staff, and a refusal's reason for those who may know it."""
        row = await self.get(key)
        staff = {each.id: each.staff_id for each in await self.obligations.owed(row.id)}
        may_know = self.work.actor.role in READ_REASONS
        entries = await self.entries.of_agreement(row.id)
        return [(each, staff[each.obligation_id], each.reason if may_know else None) for each in entries]

    async def check_act(self, row: CommitmentAgreement, act: str) -> None:
        """Refuses an act as the act itself, whatever its body."""
        if row.destroyed_at is not None:
            raise DESTROYED()
        CampaignService(self.work).check_begun(await CampaignService(self.work).adopted(row.campaign_id))
        states = {each.state for each in await self.obligations.owed(row.id)}
        check_open(AGREEMENT_FLOW, act, states)

    async def record(self, key: UUID, data: AgreementSignaturesIn) -> CommitmentAgreement:
        """Record who signed, or did not: all of the rows, or none. A row that is recorded already changes nothing.

        Raises `not_found` (404), `campaign_not_open`, `destroyed` (409), `invalid` (422) with every row that names no
        obligation, names one twice, or contradicts what is recorded, and for a partner's signature without a signer.
        """
        row, campaign, owed = await self._locked(key, data.rows)
        _check_signer(row, data)
        await self._check_file(row, data)
        parties = PARTIES_OF[row.kind]
        await VersionService(self.work).check_counts(campaign, row.template_id, data.template_id, parties)
        rows = list(zip(data.rows, owed, strict=True))
        check_states(AGREEMENT_FLOW, ((recorded.state, each.state) for recorded, each in rows))
        changed = [(recorded, each) for recorded, each in rows if recorded.state != each.state]
        if not changed:
            return row
        self._list("sign", row)
        if data.partner_signer is not None or any(each.reason for each, _ in changed):
            await self.agreements.opened([row])
        await self.entries.insert_rows({AgreementEntry: [self._entry(row, data, *each) for each in changed]})
        await self._move(row, [(each, recorded.state) for recorded, each in changed])
        return row

    def _list(self, act: str, row: CommitmentAgreement) -> None:
        """The entries say who recorded or withdrew what, and when; the audit entry names the agreement."""
        self.work.list_elsewhere(act, row.id)

    def _entry(
        self, row: CommitmentAgreement, data: AgreementSignaturesIn, recorded: AgreementSignatureIn, owed: AgreementOwed
    ) -> dict[str, Any]:
        key, is_signed = new_id(), recorded.state == SIGNED
        return {
            "id": key,
            **part_of(row),
            "obligation_id": owed.id,
            "state": recorded.state,
            "way": data.way,
            "template_id": data.template_id or row.template_id,
            "file_id": data.file_id,
            "signed_on": data.signed_on,
            "number": data.number if is_signed else None,
            **_words(key, row, recorded, data),
            "recorded_at": self.work.now,
            "recorded_by": self.work.actor.id,
        }

    async def withdraw(self, key: UUID, data: AgreementWithdrawalsIn) -> CommitmentAgreement:
        """Withdraw what was said, such as before a correction. The former entry stays, marked. Raises as `record`."""
        row, _, owed = await self._locked(key, data.rows)
        faults = [
            fault(f"/rows/{at}", "nothing_to_withdraw", "Không có gì để rút lại", "There is nothing to withdraw")
            for at, each in enumerate(owed)
            if "withdraw" not in AGREEMENT_FLOW.open_to(each.state)
        ]
        if faults:
            raise INVALID(faults=faults)
        self._list("withdraw", row)
        for entry in await self.entries.standing([each.id for each in owed]):
            entry.withdrawn_at, entry.withdrawn_by = self.work.now, self.work.actor.id
        await self._move(row, [(each, "withdrawn") for each in owed])
        return row

    async def _locked(
        self, key: UUID, rows: Sequence[NamesStaff]
    ) -> tuple[CommitmentAgreement, CommitmentCampaign, list[AgreementOwed]]:
        """The agreement, locked, its campaign, and the obligation that each row names."""
        row = await self.agreements.for_update(key)
        if row is None:
            raise NOT_FOUND()
        if row.destroyed_at is not None:
            raise DESTROYED()
        campaign = await CampaignService(self.work).adopted(row.campaign_id)
        CampaignService(self.work).check_begun(campaign)
        known = {each.staff_id: each for each in await self.obligations.owed(row.id)}
        return row, campaign, name_obligations(((each.staff_id, each.staff_id) for each in rows), known, _not_asked)

    async def _check_file(self, row: CommitmentAgreement, data: AgreementSignaturesIn) -> None:
        if data.file_id is None:
            if data.way == ELSEWHERE:
                raise invalid("/file_id", "missing", "Cần tệp PDF đã ký", "The signed PDF is needed")
            return
        file = await AgreementFileRepository(self.work.session).find(data.file_id)
        if file is None or file.agreement_id != row.id or file.destroyed_at is not None:
            raise invalid("/file_id", "unknown_record", "Không có tệp này", "There is no such file")
        if data.way == ELSEWHERE and file.kind != PDF:
            raise invalid("/file_id", "not_a_pdf", "Tệp này không phải PDF", "This file is no PDF")

    async def _move(self, row: CommitmentAgreement, changes: Sequence[tuple[AgreementOwed, str]]) -> None:
        await self.obligations.update_rows(
            [
                {"id": owed.id, "org_path": row.org_path, "state": state, "state_at": self.work.now}
                for owed, state in changes
            ]
        )
        row.touch()
        await self.work.flush()


def _check_signer(row: CommitmentAgreement, data: AgreementSignaturesIn) -> None:
    """Of an agreement with a partner it is said who signed for it; of staff each signs for themselves."""
    is_signed = any(each.state == SIGNED for each in data.rows)
    if row.is_of_staff and (data.partner_signer is not None or data.number is not None):
        at = "/partner_signer" if data.partner_signer is not None else "/number"
        raise invalid(at, "no_partner", "Cam kết của cán bộ không có bên đối tác", "Staff have no partner here")
    if is_signed and not row.is_of_staff and data.partner_signer is None:
        raise _missing_signer()


def _missing_signer() -> Problem:
    text = ("Cần họ tên, chức vụ người ký của bên đối tác", "The partner's signer and office are needed")
    return invalid("/partner_signer", "missing", *text)


def _words(
    key: UUID, row: CommitmentAgreement, recorded: AgreementSignatureIn, data: AgreementSignaturesIn
) -> dict[str, Any]:
    """Most entries of staff have no words: the key is not opened for them."""
    signer = data.partner_signer if recorded.state == SIGNED else None
    if recorded.reason is None and signer is None:
        return {"key_id": row.key_id, "sealed": None}
    words: dict[str, object] = {"reason": recorded.reason}
    if signer is not None:
        words |= {"signer_name": signer.name, "signer_title": signer.title}
    return AgreementEntry.sealed_as(key, row.row_cipher, words)


def _not_asked(at: int) -> FieldFault:
    return fault(f"/rows/{at}", "unknown_record", "Không có nghĩa vụ ký này", "There is no such obligation")
