"""Classes of a school year, and their homeroom teachers by date."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from app.core.database import ConstraintError
from app.core.paging import Page, PageRequest
from app.core.problems import INVALID, NOT_FOUND, invalid
from app.models.learners.classes import ClassFilter, ClassTeacher, SchoolClass
from app.repositories.accounts import UserRepository
from app.repositories.learners.classes import CampusRepository, ClassRepository, ClassTeacherRepository
from app.schemas.learners.classes import ClassIn, ClassPatch, ClassTeacherIn, ClassTeacherPatch
from app.services.learners.levels import JUDGED, class_levels
from app.services.learners.problems import CODE_IN_USE, TEACHER_OVERLAPS, unknown
from app.services.learners.registry import check_period, code_key, edit, own
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService
from app.services.school_years.school_years import SchoolYearService


class ClassService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.classes = ClassRepository(work.session)
        self.campuses = CampusRepository(work.session)
        self.years = SchoolYearService(work)

    async def page(self, page: PageRequest, wanted: ClassFilter) -> Page[SchoolClass]:
        return await self.classes.listed(page, wanted)

    async def get(self, class_id: UUID) -> SchoolClass:
        return await self.classes.get(class_id)

    async def create(self, data: ClassIn) -> SchoolClass:
        """Raises `invalid` (422) for an unknown school year, code or campus, and a level or grade that does not suit.

        Raises `code_in_use` (409).
        """
        await self._check(data)
        if not await self.years.is_known(data.school_year):
            raise invalid("/school_year", "unknown_school_year", "Không có năm học này", "There is no such school year")
        await self._check_level(data.school_year, data.school_level, data.grade)
        row = SchoolClass(**data.model_dump(), folded_code=code_key(data.code), **own(self.work))
        self.classes.add(row)
        try:
            await self.work.flush()
        except ConstraintError as error:
            raise CODE_IN_USE() from error
        return row

    async def change(self, row: SchoolClass, patch: ClassPatch) -> SchoolClass:
        """Apply a merge-patch. Raises `invalid` (422)."""
        await self._check(patch)
        changes = patch.model_dump(exclude_unset=True)
        if JUDGED & changes.keys():
            level, grade = (changes.get(name, getattr(row, name)) for name in ("school_level", "grade"))
            await self._check_level(row.school_year, level, grade)
        edit(self.work, row, changes)
        await self.work.flush()
        return row

    async def _check_level(self, school_year: str, level: str, grade: str | None) -> None:
        if faults := list((await class_levels(self.work, school_year)).faults(level, grade)):
            raise INVALID(faults=faults)

    async def _check(self, data: ClassIn | ClassPatch) -> None:
        await CodeListService(self.work).check(data, self.work.today)
        if data.campus_id is not None and await self.campuses.find(data.campus_id) is None:
            raise unknown("/campus_id")


class ClassTeacherService:
    """Homeroom teachers: a class has one at a time, and each reaches it on the days of the post alone."""

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.teachers = ClassTeacherRepository(work.session)
        self.users = UserRepository(work.session)

    async def of(self, row: SchoolClass) -> Sequence[ClassTeacher]:
        return await self.teachers.of_class(row.id)

    async def appoint(self, row: SchoolClass, data: ClassTeacherIn) -> ClassTeacher:
        """From a day on in place of the one before. A post ends with its school year at the latest.

        Raises `invalid` (422) for an account that is not of the unit, `teacher_overlaps` (409).
        """
        year = await SchoolYearService(self.work).get(row.school_year)
        end = data.valid_to or year.until or year.year.ends_on + timedelta(days=1)
        check_period(data.valid_from, end)
        user = await self.users.find(data.user_id)
        if user is None or user.unit_id != self.work.actor.unit_id:
            raise unknown("/user_id")
        await self._make_room(row, data.valid_from, end)
        teacher = ClassTeacher(
            class_id=row.id,
            org_path=row.org_path,
            user_id=user.id,
            valid_from=data.valid_from,
            valid_to=end,
            recorded_at=self.work.now,
            recorded_by=self.work.actor.id,
        )
        self.teachers.add(teacher)
        row.touch()
        await self.work.flush()
        return teacher

    async def _make_room(self, row: SchoolClass, first: date, end: date) -> None:
        for other in await self.teachers.of_class(row.id):
            if first <= other.valid_from < end:
                raise TEACHER_OVERLAPS()
            if other.valid_from < first < other.valid_to:
                other.valid_to = first

    async def end(self, row: SchoolClass, teacher_id: UUID, patch: ClassTeacherPatch) -> ClassTeacher:
        """Raises `not_found` (404), `wrong_period` (422)."""
        teacher = await self.teachers.find(teacher_id)
        if teacher is None or teacher.class_id != row.id:
            raise NOT_FOUND()
        if patch.valid_to is not None:
            check_period(teacher.valid_from, patch.valid_to)
            teacher.valid_to = min(teacher.valid_to, patch.valid_to)
        row.touch()
        await self.work.flush()
        return teacher
