"""Queries of templates of commitments."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased

from app.core.paths import line
from app.models.commitments.templates import CommitmentTemplate
from app.models.units import Unit
from app.repositories.base import Repository


class CommitmentTemplateRepository(Repository[CommitmentTemplate]):
    model = CommitmentTemplate

    def shown_to(self, unit_id: UUID, org_path: str, code: str | None = None) -> Select[CommitmentTemplate]:
        """A unit's own versions, also drafts; of the product and the units above what is published."""
        published = CommitmentTemplate.published_at.is_not(None) & _made_for(org_path)
        query = self.select().where(or_(CommitmentTemplate.unit_id == unit_id, published))
        return query if code is None else query.where(CommitmentTemplate.code == code)

    async def one_shown_to(self, unit_id: UUID, org_path: str, key: UUID) -> CommitmentTemplate | None:
        return await self.first(self.shown_to(unit_id, org_path).where(CommitmentTemplate.id == key))

    async def of_ids(self, template_ids: Collection[UUID]) -> list[CommitmentTemplate]:
        return await self.rows(self.select().where(CommitmentTemplate.id.in_(template_ids)))

    async def last_number(self, code: str, unit_id: UUID) -> int:
        query = select(func.coalesce(func.max(CommitmentTemplate.number), 0))
        return await self.count(query.where(CommitmentTemplate.code == code, CommitmentTemplate.unit_id == unit_id))

    async def last_published(self, code: str, unit_id: UUID) -> CommitmentTemplate | None:
        query = self.select().where(CommitmentTemplate.code == code, CommitmentTemplate.unit_id == unit_id)
        query = query.where(CommitmentTemplate.published_at.is_not(None))
        return await self.first(query.order_by(CommitmentTemplate.number.desc()).limit(1))

    async def versions(self, template_ids: Collection[UUID]) -> list[CommitmentTemplate]:
        """All published versions of the templates of some versions, in order."""
        named = aliased(CommitmentTemplate)
        same = (CommitmentTemplate.code == named.code) & CommitmentTemplate.unit_id.is_not_distinct_from(named.unit_id)
        known = select(named.id).where(same, named.id.in_(template_ids)).exists()
        query = self.select().where(known, CommitmentTemplate.published_at.is_not(None))
        return await self.rows(query.order_by(CommitmentTemplate.number))

    async def of_product(self, code: str) -> CommitmentTemplate | None:
        """The newest version that came with a release."""
        query = self.select().where(CommitmentTemplate.code == code, CommitmentTemplate.unit_id.is_(None))
        return await self.first(query.order_by(CommitmentTemplate.number.desc()).limit(1))


def _made_for(org_path: str) -> ColumnElement[bool]:
    """By the product, by the unit itself or one above it."""
    makers = select(Unit.id).where(Unit.org_path.in_(line(org_path)))
    return or_(CommitmentTemplate.unit_id.is_(None), CommitmentTemplate.unit_id.in_(makers))
