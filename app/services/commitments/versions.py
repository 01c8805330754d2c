"""Versions of templates: a class gets the newest published one, and only parties that must sign it are asked anew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.problems import invalid
from app.models.commitments.campaigns import CommitmentCampaign
from app.models.commitments.templates import CommitmentTemplate
from app.repositories.commitments.templates import CommitmentTemplateRepository
from app.services.platform.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Versions:
    """The published versions of some templates, in order."""

    all: Sequence[CommitmentTemplate]

    def since(self, template_id: UUID) -> list[CommitmentTemplate]:
        """The version and those after it."""
        named = next(each for each in self.all if each.id == template_id)
        return [each for each in self.all if _form(each) == _form(named) and each.number >= named.number]

    def newest(self, template_id: UUID) -> CommitmentTemplate:
        return self.since(template_id)[-1]


class VersionService:
    def __init__(self, work: UnitOfWork) -> None:
        self.templates = CommitmentTemplateRepository(work.session)

    async def asked_anew(self, template_ids: Iterable[UUID], current: UUID) -> dict[UUID, set[str]]:
        """The parties who must sign one version although they signed a former one, by each of some former ones."""
        versions = Versions(await self.templates.versions([current]))
        return {each: asked_anew(versions, each, current) for each in template_ids}

    async def counting(self, campaign: CommitmentCampaign, party: str) -> list[UUID]:
        """The versions of the campaign's templates under which a party's signature counts."""
        versions = await self.of_campaign(campaign)
        return [each.id for each in versions.all if party not in asked_anew(versions, each.id)]

    async def of_campaign(self, campaign: CommitmentCampaign) -> Versions:
        return Versions(await self.templates.versions([UUID(each) for each in campaign.template_ids]))

    async def in_force(self, campaign: CommitmentCampaign) -> list[CommitmentTemplate]:
        """The newest versions of the campaign's templates."""
        versions = await self.of_campaign(campaign)
        return [versions.newest(UUID(each)) for each in campaign.template_ids]

    async def check_counts(
        self, campaign: CommitmentCampaign, current: UUID, signed: UUID | None, parties: Iterable[str]
    ) -> None:
        """What was signed counts if its version is in force, or only editorial changes came after it.

        Raises `invalid` (422). Without a version it is that in force.
        """
        if signed is None or signed == current:
            return
        versions = await self.of_campaign(campaign)
        is_known = signed in {each.id for each in versions.all}
        if not is_known or versions.newest(signed).id != current or asked_anew(versions, signed) & set(parties):
            text = ("Bản đã ký không còn được dùng", "The version that was signed is superseded")
            raise invalid("/template_id", "superseded_version", *text)


def asked_anew(versions: Versions, template_id: UUID, until: UUID | None = None) -> set[str]:
    """The parties who signed a version and must sign one that came after it, by default up to the newest."""
    later = versions.since(template_id)[1:]
    last = next((each.number for each in later if each.id == until), None)
    return {
        party
        for each in later
        if last is None or each.number <= last
        for party in (each.parties if each.asks_anew is None else each.asks_anew)
    }


def _form(template: CommitmentTemplate) -> tuple[UUID | None, str]:
    return template.unit_id, template.code
