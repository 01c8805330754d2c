"""Queries of data subjects' requests."""

from collections.abc import Collection
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Select, and_, select

from app.core.filters import ListFilter
from app.core.paging import Page, PageRequest
from app.models.privacy.subject_requests import SubjectRequest, SubjectRequestRule
from app.repositories.base import Deadline, Repository, in_force
from app.repositories.filters import of_unit, updated
from app.security.access.listings import Asked, Listing

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

    async def held(
        self, page: PageRequest, wanted: ListFilter, *, state: tuple[str, ...], kind: tuple[str, ...]
    ) -> Page[SubjectRequest]:
        """Those held within the session's range."""
        return await HELD.page(self.session, page, {**wanted.values, "state": state, "kind": kind})


def _held(asked: Asked) -> Select[SubjectRequest]:
    filters = (
        *asked.among(state=SubjectRequest.state, kind=SubjectRequest.kind),
        *of_unit(asked, SubjectRequest.unit_id),
        *updated(asked, SubjectRequest),
    )
    return select(SubjectRequest).where(asked.within(SubjectRequest), *filters)


HELD: Final = Listing(SubjectRequest, _held)
