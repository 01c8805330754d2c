"""Obligations in step with the rolls: who came is asked, what is open of who left is void, what was said stays.

One place for every way by which a learner comes, goes or changes class: by hand, by upload, by revert, by a transfer.
The transaction of the change queues a job for its school (app/services/learners/rolls.py); the job asks the database
what differs, so that an upload of thousands of rows locks the classes that differ and no other, each once. What is in
step already is left alone: the job may run at any time and any number of times, and does so every night.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.ids import case_code, new_id
from app.core.vocabulary import COMMITMENT_VOID as VOID
from app.models.commitments.campaigns import CommitmentCampaign
from app.models.commitments.classes import CommitmentClass, CommitmentCount, CommitmentObligation, part_of
from app.models.commitments.templates import CommitmentTemplate
from app.models.learners.classes import SchoolClass
from app.repositories.commitments.agreements import AgreementRepository
from app.repositories.commitments.campaigns import RollRepository
from app.repositories.commitments.classes import CommitmentClassRepository
from app.repositories.commitments.rolls import InStepRepository, Missing
from app.schemas.commitments.agreement_flow import kind_of
from app.schemas.commitments.flow import COMMITMENT_FLOW
from app.services.commitments.agreement_steps import AgreementStepService
from app.services.commitments.counters import move, shift
from app.services.commitments.versions import VersionService, asked_anew
from app.services.platform.jobs import JobKind, combine, enqueue
from app.services.platform.unit_of_work import UnitOfWork


@dataclass(slots=True)
class Changes:
    """What was brought in step."""

    suited: int = 0
    classes: int = 0
    obligations: int = 0
    voided: int = 0
    without_template: int = 0


@dataclass(slots=True)
class Locked:
    """Some classes of a campaign, locked, with their counters."""

    classes: dict[UUID, CommitmentClass]
    counts: dict[tuple[UUID, str], CommitmentCount]


class InStepService:
    """The classes of one unit in campaigns; `adopter` is who put them there."""

    def __init__(self, work: UnitOfWork, unit_id: UUID, org_path: str | None = None) -> None:
        self.work = work
        self.unit_id = unit_id
        self.org_path = org_path
        self.differences = InStepRepository(work.session)
        self.classes = CommitmentClassRepository(work.session)
        self.rolls = RollRepository(work.session)

    @property
    def _place(self) -> str:
        assert self.org_path is not None  # noqa: S101 — known to who adopts, and of a class that was adopted
        return self.org_path

    async def follow(self) -> None:
        """Bring every campaign of the unit whose window is not over in step."""
        for campaign in await self.differences.open_campaigns(self.unit_id, self.work.today):
            first = await self.classes.any_of(campaign.id, self.unit_id)
            if first is not None:
                self.org_path = first.org_path
                async with self.work.within_unit(first.org_path):
                    await self.bring(campaign, first.opened_by)

    async def bring(self, campaign: CommitmentCampaign, adopter: UUID) -> Changes:
        """Add classes that came since, take the versions in force, then ask, void and count."""
        changes = Changes()
        in_force = await VersionService(self.work).in_force(campaign)
        templates = [each for each in in_force if kind_of(each.parties) is None]
        known = await self.classes.class_ids(campaign.id, self.unit_id)
        new = await self._add_classes(campaign, templates, known, adopter, changes)
        changes.classes = len(new.classes)
        await self.work.flush()
        if known:
            await self._take_versions(campaign)
            await self._follow_rolls(campaign, changes)
            await self._follow_contacts(campaign)
        else:
            # Nobody else reaches classes that are new here, so there is nothing to wait for or to compare with.
            self._list(new)
            await self._ask(new, await self.differences.missing(campaign.id, self.unit_id), {}, [], changes)
        await self.work.flush()
        return changes

    async def _add_classes(
        self,
        campaign: CommitmentCampaign,
        templates: Sequence[CommitmentTemplate],
        known: Collection[UUID],
        adopter: UUID,
        changes: Changes,
    ) -> Locked:
        added = Locked({}, {})
        for row in await self.rolls.classes(self.unit_id, campaign.school_year):
            template = _suiting(row, templates)
            if template is None:
                changes.without_template += 1
                continue
            changes.suited += 1
            if row.id not in known:
                self._add_class(campaign, row.id, template, adopter, added)
        return added

    def _add_class(
        self,
        campaign: CommitmentCampaign,
        class_id: UUID,
        template: CommitmentTemplate,
        adopter: UUID,
        added: Locked,
    ) -> None:
        row = CommitmentClass(
            unit_id=self.unit_id,
            org_path=self._place,
            code=case_code(self.work.today.year),
            campaign_id=campaign.id,
            class_id=class_id,
            template_id=template.id,
            opened_at=self.work.now,
            opened_by=adopter,
            cipher=self.work.new_cipher(),
        )
        counts = [CommitmentCount(**part_of(row), campaign_id=campaign.id, party=party) for party in template.parties]
        self.classes.add_all([row, *counts])
        added.classes[row.id] = row
        added.counts.update({(row.id, each.party): each for each in counts})

    async def _take_versions(self, campaign: CommitmentCampaign) -> None:
        """Classes of a superseded version take the newest; who must sign that one is asked anew."""
        versions = await VersionService(self.work).of_campaign(campaign)
        newest = {each.id: versions.newest(each.id) for each in versions.all}
        superseded = await self.classes.of_templates(
            campaign.id, self.unit_id, [key for key, last in newest.items() if last.id != key]
        )
        locked = await self._lock(superseded)
        for row in locked.classes.values():
            parties = asked_anew(versions, row.template_id)
            row.template_id = newest[row.template_id].id
            row.touch()
            for each in await self.differences.signed([row.id], parties):
                self._move(locked, each, "pending")
        await self.work.flush()

    async def _follow_rolls(self, campaign: CommitmentCampaign, changes: Changes) -> None:
        among = {each.commitment_class_id for each in await self.differences.missing(campaign.id, self.unit_id)}
        among |= {each.commitment_class_id for each in await self.differences.left(campaign.id, self.unit_id)}
        if not among:
            return
        locked = await self._lock(among)
        # What others wrote before the lock is seen now.
        left = await self.differences.left(campaign.id, self.unit_id)
        before = {}
        for each in left:
            if each.commitment_class_id in locked.classes:
                before[each.learner_id, each.party] = each.state
                self._move(locked, each, VOID)
                changes.voided += 1
        # One obligation of a party stands at a time, which the database checks with each statement.
        await self.work.flush()
        missing = await self.differences.missing(campaign.id, self.unit_id, locked.classes)
        stopped = await self.differences.void(locked.classes, {each.learner_id for each in missing}) if missing else []
        await self._ask(locked, missing, before, stopped, changes)

    async def _ask(
        self,
        locked: Locked,
        missing: Sequence[Missing],
        before: Mapping[tuple[UUID | None, str], str],
        stopped: Iterable[CommitmentObligation],
        changes: Changes,
    ) -> None:
        """Ask who is missing, in the state in which a former class of the campaign left it; go on where it stopped."""
        families = {each.learner_id for each in missing if each.party == "guardian"}
        reachable = await self.rolls.reachable(families, self._place, self.work.today) if families else set[UUID]()
        known = {(each.commitment_class_id, each.learner_id, each.party): each for each in stopped}
        shared = {key: self._shared(row) for key, row in locked.classes.items()}
        new = list[dict[str, Any]]()
        for each in missing:
            has_contact = each.party == "pupil" or each.learner_id in reachable
            initial = COMMITMENT_FLOW.initial if has_contact else "no_contact_details"
            state = before.get((each.learner_id, each.party), initial)
            again = known.get((each.commitment_class_id, each.learner_id, each.party))
            if again is not None:
                self._move(locked, again, state)
            else:
                own = {"id": new_id(), "learner_id": each.learner_id, "party": each.party, "state": state}
                new.append({**shared[each.commitment_class_id], **own})
            changes.obligations += 1
        asked = Counter((each["commitment_class_id"], each["party"], each["state"]) for each in new)
        for (class_id, party, state), times in asked.items():
            shift(locked.counts[class_id, party], None, state, times)
        await self.work.flush()
        await self.differences.insert_rows({CommitmentObligation: new})

    def _shared(self, row: CommitmentClass) -> dict[str, Any]:
        """What the new obligations of a class have in common. They have no words."""
        return {
            **part_of(row),
            "campaign_id": row.campaign_id,
            "state_at": self.work.now,
            "key_id": row.key_id,
            "sealed": None,
        }

    async def _follow_contacts(self, campaign: CommitmentCampaign) -> None:
        """Who can be written to is pending, who cannot has no contact details."""
        day = self.work.today
        differing = await self.differences.contacts(campaign.id, self.unit_id, day)
        if not differing:
            return
        locked = await self._lock({each.commitment_class_id for each in differing})
        for each in await self.differences.contacts(campaign.id, self.unit_id, day):
            if each.commitment_class_id in locked.classes:
                self._move(locked, each, "pending" if each.state != "pending" else "no_contact_details")

    async def _lock(self, ids: Iterable[UUID]) -> Locked:
        classes = await self.differences.locked(set(ids))
        locked = Locked(classes, await self.differences.counts(classes))
        self._list(locked)
        return locked

    def _list(self, locked: Locked) -> None:
        """The obligations of the classes say since when they are in which state; the audit entry names the classes."""
        for key in locked.classes:
            self.work.list_elsewhere("commitments_in_step", key)

    def _move(self, locked: Locked, each: CommitmentObligation, state: str) -> None:
        move(locked.counts[each.commitment_class_id, each.party], each, state, self.work.now)


def _suiting(row: SchoolClass, templates: Iterable[CommitmentTemplate]) -> CommitmentTemplate | None:
    return next((each for each in templates if row.school_level in each.levels), None)


async def follow_rolls(work: UnitOfWork, payload: dict[str, Any]) -> None:
    """For the worker: one unit; with a version that is superseded, the units whose classes have it."""
    if "template_id" in payload:
        await _queue(work, UUID(payload["template_id"]))
        return
    unit_id = UUID(payload["unit_id"])
    await combine(work, JobKind.FOLLOW_ROLLS, f"{unit_id}:")
    await InStepService(work, unit_id).follow()
    await AgreementStepService(work, unit_id).follow()


async def follow_all_rolls(work: UnitOfWork, _: dict[str, Any]) -> None:
    """Every night, one job for each unit: what no change of the rolls announced, such as a guardian's last day."""
    await _queue(work)


async def _queue(work: UnitOfWork, template_id: UUID | None = None) -> None:
    asked = set(await InStepRepository(work.session).units(work.today, template_id))
    asked |= set(await AgreementRepository(work.session).units(work.today, template_id))
    for unit_id in sorted(asked):
        await enqueue(work, JobKind.FOLLOW_ROLLS, f"{unit_id}:all", {"unit_id": str(unit_id)})
