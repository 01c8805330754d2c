"""A learner of one of the demonstration's schools who seems to have moved to another, and waits for a confirmation."""

from collections.abc import Callable
from datetime import datetime, timedelta

from app.schemas.learners.classes import ClassIn
from app.schemas.learners.enrolments import EnrolmentIn
from app.schemas.learners.learners import LearnerIn
from app.services.learners.classes import ClassService
from app.services.learners.enrolments import EnrolmentService
from app.services.learners.learners import LearnerService
from app.services.learners.settling import Settlement
from app.services.platform.unit_of_work import UnitOfWork
from app.services.school_years.school_years import SchoolYearService

NEW_SCHOOL = "th.829.02"
CAME_IN_THE_FIRST_TERM = "02"


class DemoTransfer:
    """`acting` gives the unit of work of a user at a moment."""

    def __init__(self, work: UnitOfWork, acting: Callable[[str, datetime], UnitOfWork]) -> None:
        self.work = work
        self.acting = acting

    async def build(self, moved: LearnerIn) -> None:
        """The new school enrols the child as of yesterday: from today on the old one is asked."""
        work = self.acting(f"{NEW_SCHOOL}.hieutruong", self.work.now - timedelta(days=1))
        year = (await SchoolYearService(work).on(work.today)).year
        named = ClassIn(school_year=year.code, code="1A", name="Lớp 1A (minh họa)", grade="1", school_level="primary")
        row = await ClassService(work).create(named)
        learner = await LearnerService(work).create(moved)
        entered = EnrolmentIn(class_id=row.id, entered_on=work.today, status=CAME_IN_THE_FIRST_TERM)
        await EnrolmentService(work).enter(learner, entered)
        await Settlement(self.work).seek()
