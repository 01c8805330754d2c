"""Queries of what is shared beyond its line."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func, or_, select, update

from app.core.time import utc_now
from app.models.accounts import User
from app.models.sharing.grants import CaseGrant, granted_to
from app.repositories.base import Repository
from app.security.access.principal import Principal


class GrantRepository(Repository[CaseGrant]):
    model = CaseGrant

    async def of_incident(self, incident_id: UUID) -> list[CaseGrant]:
        return await self.all(self.select().where(CaseGrant.incident_id == incident_id).order_by(CaseGrant.id))

    async def grant(self, incident_id: UUID, grant_id: UUID) -> CaseGrant | None:
        return await self.first(self.select().where(CaseGrant.id == grant_id, CaseGrant.incident_id == incident_id))

    async def tiers(self, incident_ids: Collection[UUID], principal: Principal) -> dict[UUID, int]:
        highest = select(CaseGrant.incident_id, func.max(CaseGrant.tier)).where(
            CaseGrant.incident_id.in_(incident_ids), granted_to(principal.unit_id, principal.id, utc_now())
        )
        return await self.pairs(highest.group_by(CaseGrant.incident_id))

    async def revoke_to(self, incident_id: UUID, unit_ids: Sequence[UUID]) -> int:
        """Revoke the grants to units and their users; returns the number of grants."""
        theirs = await self.rows(select(User.id).where(User.unit_id.in_(unit_ids)))
        done = await self.session.execute(
            update(CaseGrant)
            .where(
                CaseGrant.incident_id == incident_id,
                CaseGrant.revoked_at.is_(None),
                or_(CaseGrant.grantee_unit_id.in_(unit_ids), CaseGrant.grantee_user_id.in_(theirs)),
            )
            .values(revoked_at=utc_now())
            .execution_options(synchronize_session=False)
        )
        return int(done.rowcount)  # type: ignore[attr-defined]

    async def shares_with(self, user_id: UUID, unit_id: UUID) -> bool:
        """Whether anything is shared with a person by name, or with the unit."""
        return await self.exists(select(CaseGrant.id).where(granted_to(unit_id, user_id, utc_now())))

    async def revoke_of(self, user_id: UUID) -> None:
        """Revoke all grants to a user by name."""
        await self.session.execute(
            update(CaseGrant)
            .where(CaseGrant.grantee_user_id == user_id, CaseGrant.ended_at.is_(None))
            .values(revoked_at=func.coalesce(CaseGrant.revoked_at, utc_now()), ended_at=utc_now())
            .execution_options(synchronize_session=False)
        )
