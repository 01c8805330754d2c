"""Queries of data subjects' requests."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import Select, and_, select

from app.models.privacy.subject_requests import SubjectRequest, SubjectRequestRule
from app.repositories.base import Deadline, Repository, in_force
from app.security.access.scope import Range

OPEN = SubjectRequest.closed_at.is_(None)
ANSWER = Deadline(
    SubjectRequest,
    due=SubjectRequest.answer_due_at,
    missed=SubjectRequest.answer_missed_at,
    running=and_(OPEN, SubjectRequest.answered_at.is_(None)),
)
ACT = Deadline(SubjectRequest, due=SubjectRequest.act_due_at, missed=SubjectRequest.act_missed_at, running=OPEN)


class SubjectRequestRepository(Repository[SubjectRequest]):
    model = SubjectRequest

    async def rules(self, day: date) -> list[SubjectRequestRule]:
        query = select(SubjectRequestRule).where(in_force(SubjectRequestRule, day))
        return await self.rows(query.order_by(SubjectRequestRule.position))

    async def of_incidents(self, incident_ids: Collection[UUID]) -> list[SubjectRequest]:
        """Facts only: nothing of them is opened."""
        return await self.rows(self.select().where(SubjectRequest.incident_id.in_(incident_ids)))

    def listed(self, within: Range, *, state: str | None, kind: str | None) -> Select[SubjectRequest]:
        query = self.select().where(within.covers(SubjectRequest.org_path))
        if state is not None:
            query = query.where(SubjectRequest.state == state)
        return query if kind is None else query.where(SubjectRequest.kind == kind)
