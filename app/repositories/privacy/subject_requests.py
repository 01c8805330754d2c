"""Queries of data subjects' requests."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, or_, select

from app.models.privacy.subject_requests import SubjectRequest, SubjectRequestRule
from app.repositories.base import Repository, in_force
from app.security.access.scope import Range


class SubjectRequestRepository(Repository[SubjectRequest]):
    model = SubjectRequest

    async def rules(self, day: date) -> list[SubjectRequestRule]:
        query = select(SubjectRequestRule).where(in_force(SubjectRequestRule, day))
        return list(await self.session.scalars(query.order_by(SubjectRequestRule.position)))

    async def of_incidents(self, incident_ids: Collection[UUID]) -> list[SubjectRequest]:
        """Facts only: nothing of them is opened."""
        return list(await self.session.scalars(self.select().where(SubjectRequest.incident_id.in_(incident_ids))))

    def listed(self, within: Range, *, state: str | None, kind: str | None) -> Select[SubjectRequest]:
        query = self.select().where(within.covers(SubjectRequest.org_path))
        if state is not None:
            query = query.where(SubjectRequest.state == state)
        return query if kind is None else query.where(SubjectRequest.kind == kind)

    async def run_out(self, now: datetime, limit: int) -> list[SubjectRequest]:
        """Requests whose answer or act is late and that nobody was told of yet; facts only."""
        late = or_(
            SubjectRequest.answered_at.is_(None)
            & SubjectRequest.answer_missed_at.is_(None)
            & (SubjectRequest.answer_due_at <= now),
            SubjectRequest.act_missed_at.is_(None) & (SubjectRequest.act_due_at <= now),
        )
        query = self.select().where(late, SubjectRequest.closed_at.is_(None)).order_by(SubjectRequest.id).limit(limit)
        return list(await self.session.scalars(query.with_for_update(skip_locked=True)))
