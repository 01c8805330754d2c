"""A campaign of the department that two of the demonstration's schools adopted, half-way: one class is settled."""

from collections.abc import Callable
from datetime import timedelta

from app.core.paging import PageRequest
from app.demo.agreements import hire, sign
from app.models.commitments.classes import CommitmentClass, CommitmentClassFilter
from app.schemas.commitments.campaigns import CampaignIn
from app.schemas.commitments.classes import SignatureIn, SignaturesIn
from app.services.commitments.adoptions import AdoptionService
from app.services.commitments.campaigns import CampaignService
from app.services.commitments.classes import CommitmentClassService
from app.services.commitments.templates import CommitmentTemplateService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.school_years.school_years import SchoolYearService

FIRST = PageRequest(50, None)
WINDOW = timedelta(days=21)
# Of every so many families one refuses, and one is not reached.
ONE_IN, ANOTHER_IN = 11, 7


class DemoCommitments:
    """`acting` gives the unit of work of a user."""

    def __init__(self, acting: Callable[[str], UnitOfWork], schools: tuple[str, ...]) -> None:
        self.acting = acting
        self.schools = schools

    async def build(self) -> None:
        department = self.acting("so.chuyenvien")
        templates = await CommitmentTemplateService(department).page(FIRST)
        year = (await SchoolYearService(department).on(department.today)).year
        opens_on = min(year.starts_on, department.today)
        announced = CampaignIn(
            school_year=year.code,
            title_vi=f"Ký cam kết đầu năm học {year.code} (minh họa)",
            title_en=f"Commitments of the school year {year.code} (demonstration)",
            template_ids=[each.id for each in templates.items],
            opens_on=opens_on,
            closes_on=opens_on + WINDOW,
        )
        campaign = await CampaignService(department).create(announced)
        first, *_ = self.schools
        await hire(self.acting(f"{first}.canbo"))
        for school in self.schools:
            work = self.acting(f"{school}.canbo")
            await AdoptionService(work).adopt(campaign.id)
            classes = await CommitmentClassService(work).page(FIRST, CommitmentClassFilter(campaign.id))
            mine = [row for row in classes.items if row.unit_id == work.actor.unit_id]
            await self._settle(work, min(mine, key=lambda row: row.id))
        await sign(self.acting(f"{first}.canbo"), campaign.id)

    async def _settle(self, work: UnitOfWork, row: CommitmentClass) -> None:
        service = CommitmentClassService(work)
        screen = await service.screen(row)
        rows = [
            SignatureIn(learner_id=each.learner_id, party=each.party, state=self._state(at, each.party))
            for at, each in enumerate(screen.obligations)
            if each.learner_id is not None
        ]
        await service.record(row.id, SignaturesIn(way="class_sheet", signed_on=work.today, rows=rows))

    def _state(self, at: int, party: str) -> str:
        if party == "pupil":
            return "signed"
        if at % ONE_IN == 1:
            return "refused"
        return "not_reached" if at % ANOTHER_IN == 1 else "signed"
