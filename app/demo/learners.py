"""Learners of two of the demonstration's schools: invented children in classes with guardians and teachers."""

import random
from collections.abc import Callable
from datetime import date, timedelta

from app.models.accounts import User
from app.models.learners.classes import SchoolClass
from app.schemas.learners.classes import ClassIn, ClassTeacherIn
from app.schemas.learners.enrolments import EnrolmentIn, StatusIn
from app.schemas.learners.guardians import GuardianIn
from app.schemas.learners.identifiers import IdentifierIn
from app.schemas.learners.learners import LearnerIn
from app.schemas.learners.staff import PostIn, StaffMemberIn
from app.services.learners.classes import ClassService, ClassTeacherService
from app.services.learners.enrolments import EnrolmentService
from app.services.learners.guardians import GuardianService
from app.services.learners.learners import LearnerService
from app.services.learners.staff import StaffService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.school_years.school_years import DatedYear, SchoolYearService

# By school: level, its grades, and how old children of the first are when the year begins.
SCHOOLS = {"th.829.01": ("primary", ("1", "2"), 6), "thcs.829.01": ("lower_secondary", ("6", "7"), 11)}
IN_A_CLASS = 15
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi")
GIVEN = ("An", "Án", "Anh", "Bình", "Châu", "Dung", "Đạt", "Giang", "Hà", "Khôi", "Linh", "Minh", "Ngân", "Phúc", "Yến")
MARK = "Minh Họa"
DAYS = 365


class DemoLearners:
    """Deterministic for a seed but for ids. `acting` gives the unit of work of a user."""

    def __init__(self, acting: Callable[[str], UnitOfWork], users: dict[str, User], seed: int) -> None:
        self.acting = acting
        self.users = users
        self.random = random.Random(seed)  # noqa: S311 — invented data, no secret
        self.number = 0
        self.entered: list[LearnerIn] = []

    async def build(self) -> None:
        for school, (level, grades, age) in SCHOOLS.items():
            work = self.acting(f"{school}.canbo")
            year = await SchoolYearService(work).on(work.today)
            for position, grade in enumerate(grades):
                row = await self._class(work, year, level, grade)
                if position == 0:
                    await self._teacher(work, row, school, year)
                for _ in range(IN_A_CLASS):
                    await self._learner(work, row, year, age + position)

    async def _class(self, work: UnitOfWork, year: DatedYear, level: str, grade: str) -> SchoolClass:
        code = f"{grade}A"
        named = f"Lớp {code} (minh họa)"
        data = ClassIn(school_year=year.year.code, code=code, name=named, grade=grade, school_level=level)
        return await ClassService(work).create(data)

    async def _teacher(self, work: UnitOfWork, row: SchoolClass, school: str, year: DatedYear) -> None:
        user, first = self.users[f"{school}.gvcn"], year.year.starts_on
        await ClassTeacherService(work).appoint(row, ClassTeacherIn(user_id=user.id, valid_from=first))
        post = PostIn(post="teacher", valid_from=first)
        await StaffService(work).create(StaffMemberIn(full_name=user.full_name, user_id=user.id, posts=[post]))

    async def _learner(self, work: UnitOfWork, row: SchoolClass, year: DatedYear, age: int) -> None:
        self.number += 1
        family, sex = self.random.choice(FAMILY), self.random.choice(("female", "male"))
        name = f"{family} {MARK} {self.random.choice(GIVEN)}"
        code = IdentifierIn(kind="moet", value=f"MH{self.number:08}")
        data = LearnerIn(full_name=name, birth_date=self._born(year, age), sex=sex, ethnicity="01", identifiers=[code])
        self.entered.append(data)
        learner = await LearnerService(work).create(data)
        await GuardianService(work).add(learner, self._guardian(family))
        entered = EnrolmentIn(class_id=row.id, entered_on=year.year.starts_on)
        enrolled = await EnrolmentService(work).enter(learner, entered)
        if self.number % IN_A_CLASS == 0:
            moved = StatusIn(status="04", valid_from=min(work.today, year.year.starts_on + timedelta(days=40)))
            await EnrolmentService(work).change(learner, enrolled, moved)

    def _born(self, year: DatedYear, age: int) -> date:
        return date(year.year.starts_on.year - age, 1, 1) + timedelta(days=self.random.randrange(DAYS))

    def _guardian(self, family: str) -> GuardianIn:
        """Every fifth has no contact details. No network gives out the numbers."""
        phone = None if self.number % 5 == 0 else f"0900 000 {self.number:03}"
        channel = None if phone is None else "zalo"
        named = f"{family} Phụ Huynh {MARK} {self.number}"
        return GuardianIn(relation="mother", full_name=named, phone=phone, preferred_channel=channel)
