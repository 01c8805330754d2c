"""Classes of the caller's unit, and their homeroom teachers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query

from app.api.http.bodies import MERGE_PATCH
from app.api.http.deps import Idempotent, IfMatch, May, PagingDep, WorkDep, check_tag, entity_tag
from app.api.http.filters import UpdatedSince
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route
from app.api.learners.rights import creator, editor, reader
from app.core.filters import ListFilter
from app.models.learners.classes import ClassFilter, SchoolClass
from app.schemas.base import Asked, Day, ListOut, SchoolYearCode
from app.schemas.learners.classes import (
    ClassIn,
    ClassOut,
    ClassPatch,
    ClassTeacherIn,
    ClassTeacherOut,
    ClassTeacherPatch,
    EnrolmentStatusOut,
)
from app.security.access.roles import Act, Resource
from app.services.learners.classes import ClassService, ClassTeacherService
from app.services.learners.enrolments import EnrolmentService
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(prefix="/classes", tags=["learners"], route_class=Route)
statuses = APIRouter(prefix="/enrolment-statuses", tags=["learners"], route_class=Route)
AskedYear = Annotated[SchoolYearCode | None, Query(description="Such as 2026-2027")]


def _out(row: SchoolClass, headers: RecordHeaders) -> ClassOut:
    headers.tag(row.version)
    return ClassOut.model_validate(row)


async def _matched(work: UnitOfWork, class_id: UUID, tag: IfMatch) -> SchoolClass:
    row = await ClassService(work).get(class_id)
    check_tag(tag, entity_tag(row.version))
    return row


@router.get("", dependencies=[reader])
async def list_classes(
    paging: PagingDep,
    work: WorkDep,
    school_year: AskedYear = None,
    grade: Asked | None = None,
    updated_since: UpdatedSince = None,
) -> ListOut[ClassOut]:
    """List the classes of the caller's unit, or those of which the caller is the homeroom teacher, by code."""
    wanted = ClassFilter(school_year, grade, ListFilter(updated_since=updated_since))
    return paging.listed(await ClassService(work).page(paging.page, wanted), ClassOut.model_validate)


@router.post("", status_code=201, dependencies=[creator, Idempotent])
async def create_class(body: ClassIn, headers: Created, work: WorkDep) -> ClassOut:
    """Enter a class of a school year."""
    row = await ClassService(work).create(body)
    headers.locate(f"/classes/{row.id}")
    return _out(row, headers)


@router.get("/{class_id}", dependencies=[reader])
async def get_class(class_id: UUID, headers: Tagged, work: WorkDep) -> ClassOut:
    """One class."""
    return _out(await ClassService(work).get(class_id), headers)


@router.patch("/{class_id}", dependencies=[editor])
async def change_class(
    class_id: UUID,
    body: Annotated[ClassPatch, Body(media_type=MERGE_PATCH)],
    tag: IfMatch,
    headers: Tagged,
    work: WorkDep,
) -> ClassOut:
    """Change a class by merge-patch."""
    return _out(await ClassService(work).change(await _matched(work, class_id, tag), body), headers)


@router.get("/{class_id}/teachers", dependencies=[reader])
async def list_class_teachers(class_id: UUID, work: WorkDep) -> list[ClassTeacherOut]:
    """The homeroom teachers of a class by date."""
    row = await ClassService(work).get(class_id)
    return [ClassTeacherOut.model_validate(each) for each in await ClassTeacherService(work).of(row)]


@router.post("/{class_id}/teachers", status_code=201, dependencies=[editor, Idempotent])
async def appoint_class_teacher(
    class_id: UUID, body: ClassTeacherIn, tag: IfMatch, headers: Created, work: WorkDep
) -> ClassTeacherOut:
    """Appoint a homeroom teacher from a day on, in place of the one before. The ETag is that of the class."""
    row = await _matched(work, class_id, tag)
    teacher = await ClassTeacherService(work).appoint(row, body)
    headers.tag(row.version)
    headers.locate(f"/classes/{class_id}/teachers")
    return ClassTeacherOut.model_validate(teacher)


@router.patch("/{class_id}/teachers/{teacher_id}", dependencies=[editor])
async def end_class_teacher(
    class_id: UUID,
    teacher_id: UUID,
    body: Annotated[ClassTeacherPatch, Body(media_type=MERGE_PATCH)],
    tag: IfMatch,
    headers: Tagged,
    work: WorkDep,
) -> ClassTeacherOut:
    """Say from which day the post is over; it is never prolonged. The ETag is that of the class."""
    row = await _matched(work, class_id, tag)
    teacher = await ClassTeacherService(work).end(row, teacher_id, body)
    headers.tag(row.version)
    return ClassTeacherOut.model_validate(teacher)


@statuses.get("", dependencies=[Depends(May(Act.READ, Resource.CODE_LIST))])
async def list_enrolment_statuses(work: WorkDep, on: Day | None = None) -> list[EnrolmentStatusOut]:
    """The statuses of the national database on a day, by default today, and which of them count as present."""
    found = await EnrolmentService(work).status_codes(on or work.today)
    return [EnrolmentStatusOut.model_validate(each) for each in found]
