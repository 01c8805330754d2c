"""Which authority decides by law, as reference data with dates and sources (Decrees 56/2017 and 147/2025)."""

from datetime import date

from app.models.reference import Competence
from app.repositories.reference import CompetenceRepository
from app.services.platform.unit_of_work import UnitOfWork


class CompetenceService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.competences = CompetenceRepository(work.session)

    async def in_force(self, day: date | None) -> list[Competence]:
        return await self.competences.in_force(day or self.work.today)
