"""Hotlines as reference data: 111, 18008077 and others, with their dates of validity."""

from datetime import date

from app.models.reference import Hotline
from app.repositories.reference import HotlineRepository
from app.services.platform.unit_of_work import UnitOfWork


class HotlineService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.hotlines = HotlineRepository(work.session)

    async def in_force(self, day: date | None) -> list[Hotline]:
        return await self.hotlines.in_force(day or self.work.today)
