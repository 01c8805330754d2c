"""Agreements in step with the staff: who takes office is asked, what is open of who left is void, what was said stays.

As with the rolls (in_step.py): a change of the staff queues the job of its school, which also runs every night.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.ids import case_code, new_id
from app.core.vocabulary import AGREEMENT_OPEN as OPEN
from app.core.vocabulary import COMMITMENT_VOID as VOID
from app.core.vocabulary import STAFF_AGREEMENT
from app.models.commitments.agreements import AgreementObligation, CommitmentAgreement, part_of
from app.models.commitments.campaigns import CommitmentCampaign
from app.models.commitments.templates import CommitmentTemplate
from app.repositories.commitments.agreement_steps import AgreementStepRepository
from app.repositories.commitments.agreements import (
    AgreementEntryRepository,
    AgreementObligationRepository,
    AgreementOwed,
    AgreementRepository,
)
from app.schemas.commitments.agreement_flow import AGREEMENT_FLOW, kind_of
from app.services.commitments.versions import Versions, VersionService, asked_anew
from app.services.platform.unit_of_work import UnitOfWork

PENDING = AGREEMENT_FLOW.initial


@dataclass(slots=True)
class AgreementChanges:
    """What was brought in step."""

    suited: int = 0
    agreements: int = 0
    asked: int = 0
    voided: int = 0


@dataclass(frozen=True, slots=True)
class StaffDifference:
    """Who is in office and not asked, whose obligation is void, and what is open of who is not in office."""

    missing: Sequence[UUID]
    back: Sequence[AgreementOwed]
    left: Sequence[AgreementOwed]

    def __bool__(self) -> bool:
        return bool(self.missing or self.back or self.left)


class AgreementStepService:
    """The agreements of one unit in campaigns."""

    def __init__(self, work: UnitOfWork, unit_id: UUID, org_path: str | None = None) -> None:
        self.work = work
        self.unit_id = unit_id
        self.org_path = org_path
        self.agreements = AgreementRepository(work.session)
        self.obligations = AgreementObligationRepository(work.session)
        self.unit = AgreementStepRepository(work.session)

    async def follow(self) -> None:
        """Bring every campaign of the unit whose window is not over in step."""
        for campaign in await self.agreements.open_campaigns(self.unit_id, self.work.today):
            first, *_ = await self.agreements.of_unit(campaign.id, self.unit_id)
            self.org_path = first.org_path
            await self.bring(campaign, first.opened_by)

    async def bring(self, campaign: CommitmentCampaign, adopter: UUID) -> AgreementChanges:
        """Add agreements that suit the unit, take the versions in force, then ask and void."""
        changes = AgreementChanges()
        suiting = await self._suiting(campaign)
        changes.suited = len(suiting)
        known = {row.kind: row for row in await self.agreements.of_unit(campaign.id, self.unit_id)}
        for kind, template in suiting.items():
            if kind not in known:
                known[kind] = self._add(campaign, kind, template, adopter)
                changes.agreements += 1
        if not known:
            return changes
        await self.work.flush()
        versions = await VersionService(self.work).of_campaign(campaign)
        for row in known.values():
            posts = versions.newest(row.template_id).document.get("staff_posts", [])
            await self._take_version(row, versions, posts)
            if row.is_of_staff and row.destroyed_at is None:
                await self._follow_staff(row, posts, changes)
        return changes

    async def _suiting(self, campaign: CommitmentCampaign) -> Mapping[str, CommitmentTemplate]:
        """A template for each kind of agreement that the campaign asks of a school of the unit's levels."""
        asked = [(kind_of(each.parties), each) for each in await VersionService(self.work).in_force(campaign)]
        if not any(kind for kind, _ in asked):
            return {}
        levels = await self.unit.levels(self.unit_id, campaign.school_year, self.work.today)
        found = dict[str, CommitmentTemplate]()
        for kind, template in asked:
            if kind is not None and not levels.isdisjoint(template.levels):
                found.setdefault(kind, template)
        return found

    def _add(
        self, campaign: CommitmentCampaign, kind: str, template: CommitmentTemplate, adopter: UUID
    ) -> CommitmentAgreement:
        assert self.org_path is not None  # noqa: S101 — known to who adopts, and of an agreement that was adopted
        row = CommitmentAgreement(
            unit_id=self.unit_id,
            org_path=self.org_path,
            code=case_code(self.work.today.year),
            campaign_id=campaign.id,
            kind=kind,
            template_id=template.id,
            opened_at=self.work.now,
            opened_by=adopter,
            cipher=self.work.new_cipher(),
        )
        self.agreements.add(row)
        if kind != STAFF_AGREEMENT:
            self.obligations.add(self._asked(row, None))
        return row

    def _asked(self, row: CommitmentAgreement, staff_id: UUID | None) -> AgreementObligation:
        now = self.work.now
        asked = AgreementObligation(
            **part_of(row), id=new_id(), staff_id=staff_id, state=PENDING, state_at=now, made_at=now
        )
        asked.key_id = row.key_id
        return asked

    async def _take_version(self, row: CommitmentAgreement, versions: Versions, posts: Sequence[str]) -> None:
        """An agreement of a superseded version takes the newest; who must sign that one, and is in office, does so."""
        newest = versions.newest(row.template_id)
        if newest.id == row.template_id or await self._lock(row) is None:
            return
        anew = asked_anew(versions, row.template_id)
        row.template_id = newest.id
        row.touch()
        asked = {None, *await self.unit.in_office(self.unit_id, self.work.today, posts)} if anew else set()
        owed = await self.obligations.owed(row.id)
        signed = [each for each in owed if each.state == "signed" and each.staff_id in asked]
        for entry in await AgreementEntryRepository(self.work.session).standing([each.id for each in signed]):
            entry.withdrawn_at = self.work.now
        await self._move(row, signed, PENDING)

    async def _follow_staff(self, row: CommitmentAgreement, posts: Sequence[str], changes: AgreementChanges) -> None:
        if not await self._difference(row, posts) or await self._lock(row) is None:
            return
        # What others wrote before the lock is seen now.
        found = await self._difference(row, posts)
        self.obligations.add_all(self._asked(row, each) for each in found.missing)
        await self._move(row, found.back, PENDING)
        await self._move(row, found.left, VOID)
        changes.asked += len(found.missing) + len(found.back)
        changes.voided += len(found.left)
        row.touch()
        await self.work.flush()

    async def _difference(self, row: CommitmentAgreement, posts: Sequence[str]) -> StaffDifference:
        in_office = await self.unit.in_office(self.unit_id, self.work.today, posts)
        known = {each.staff_id: each for each in await self.obligations.owed(row.id)}
        there = set(in_office)
        return StaffDifference(
            [each for each in in_office if each not in known],
            [each for key, each in known.items() if key in there and each.state == VOID],
            [each for key, each in known.items() if key not in there and each.state in OPEN],
        )

    async def _lock(self, row: CommitmentAgreement) -> CommitmentAgreement | None:
        locked = await self.agreements.for_update(row.id)
        if locked is None or locked.destroyed_at is not None:
            return None
        # Its obligations say since when they are in which state.
        self.work.list_elsewhere("agreements_in_step", row.id)
        return locked

    async def _move(self, row: CommitmentAgreement, moved: Sequence[AgreementOwed], state: str) -> None:
        place = {"org_path": row.org_path, "state": state, "state_at": self.work.now}
        if moved:
            await self.obligations.update_rows([{"id": each.id, **place} for each in moved])
