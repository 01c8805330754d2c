"""Queries of notices."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from app.core.paging import Page, PageRequest
from app.models.intakes.intakes import Intake, without_incident
from app.models.intakes.set_asides import is_set_aside
from app.models.notices.notices import Notice
from app.repositories.base import Repository
from app.security.access.listings import Asked, Listing


class NoticeRepository(Repository[Notice]):
    model = Notice

    async def of_unit(
        self, page: PageRequest, unit_id: UUID, *, read: bool | None, since: datetime | None
    ) -> Page[Notice]:
        return await OF_UNIT.page(self.session, page, {"unit_id": unit_id, "read": read, "since": since})

    async def of_person(self, page: PageRequest, user_id: UUID, *, read: bool | None) -> Page[Notice]:
        return await OF_PERSON.page(self.session, page, {"user_id": user_id, "read": read})

    async def last(self, unit_id: UUID, kind: str) -> Notice | None:
        query = self.select().where(Notice.unit_id == unit_id, Notice.kind == kind)
        return await self.first(query.order_by(Notice.created_at.desc()).limit(1))

    async def unread_of(self, unit_id: UUID, kind: str, since: datetime) -> list[Notice]:
        query = self.select().where(Notice.unit_id == unit_id, Notice.kind == kind, Notice.read_at.is_(None))
        return await self.rows(query.where(Notice.created_at >= since))

    async def waiting_intakes(self, holder_id: UUID) -> dict[str, int]:
        """Intakes that opened and joined nothing yet and are not set aside, by lane."""
        query = select(Intake.lane, func.count()).where(*_waiting(holder_id))
        return await self.pairs(query.group_by(Intake.lane))

    async def intakes_in_danger(self, holder_id: UUID) -> int:
        """Those of them that say that a child is in immediate danger."""
        query = select(func.count()).select_from(Intake)
        return await self.count(query.where(*_waiting(holder_id), Intake.immediate_danger.is_(True)))


def _of_unit(asked: Asked) -> Select[Notice]:
    query = select(Notice).where(Notice.recipient_id.is_(None), Notice.unit_id == asked["unit_id"])
    query = query.where(*asked.present(read=Notice.read_at))
    return query.where(Notice.created_at >= asked["since"]) if "since" in asked else query


def _of_person(asked: Asked) -> Select[Notice]:
    return select(Notice).where(Notice.recipient_id == asked["user_id"], *asked.present(read=Notice.read_at))


OF_UNIT: Final = Listing(Notice, _of_unit)
OF_PERSON: Final = Listing(Notice, _of_person)


def _waiting(holder_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return Intake.holder_id == holder_id, without_incident(), ~is_set_aside()
