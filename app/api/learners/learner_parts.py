"""What belongs to a learner: identifiers, guardians and enrolments. A write asks for the ETag of the learner."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body

from app.api.http.bodies import MERGE_PATCH
from app.api.http.deps import Idempotent, IfMatch, WorkDep
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route
from app.api.learners.learners import matched, tag_of
from app.api.learners.rights import editor, reader
from app.models.learners.learners import Learner, LearnerIdentifier
from app.schemas.learners.enrolments import DatedStatusOut, EnrolmentIn, EnrolmentOut, StatusIn
from app.schemas.learners.guardians import GuardianIn, GuardianOut, GuardianPatch
from app.schemas.learners.identifiers import IdentifierIn, IdentifierOut, IdentifierPatch
from app.schemas.learners.transfers import TransferStateOut
from app.services.learners.enrolments import DatedEnrolment, EnrolmentService
from app.services.learners.guardians import GuardianService
from app.services.learners.identifiers import IdentifierService, value_of
from app.services.learners.learners import LearnerService
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(prefix="/learners/{learner_id}", tags=["learners"], route_class=Route)


def _tag(work: UnitOfWork, learner: Learner, headers: RecordHeaders) -> None:
    headers.tag(*tag_of(work, learner))


def _identifier(row: LearnerIdentifier) -> IdentifierOut:
    return IdentifierOut.of(row, value=value_of(row))


def _enrolment(found: DatedEnrolment) -> EnrolmentOut:
    statuses = [DatedStatusOut.model_validate(each) for each in found.statuses]
    transfer = None if found.arrival is None else TransferStateOut.model_validate(found.arrival)
    return EnrolmentOut.of(found.enrolment, statuses=statuses, transfer=transfer)


@router.get("/identifiers", dependencies=[reader])
async def list_identifiers(learner_id: UUID, headers: Tagged, work: WorkDep) -> list[IdentifierOut]:
    """The numbers and codes of a learner, past ones too; for no homeroom teacher."""
    learner = await LearnerService(work).get(learner_id)
    _tag(work, learner, headers)
    return [_identifier(each) for each in await IdentifierService(work).of(learner)]


@router.post("/identifiers", status_code=201, dependencies=[editor, Idempotent])
async def add_identifier(
    learner_id: UUID, body: IdentifierIn, tag: IfMatch, headers: Created, work: WorkDep
) -> IdentifierOut:
    """Enter a number or code."""
    learner = await matched(work, learner_id, tag)
    found = await IdentifierService(work).add(learner, body)
    _tag(work, learner, headers)
    headers.locate(f"/learners/{learner_id}/identifiers")
    return _identifier(found)


@router.patch("/identifiers/{identifier_id}", dependencies=[editor])
async def end_identifier(
    learner_id: UUID,
    identifier_id: UUID,
    body: Annotated[IdentifierPatch, Body(media_type=MERGE_PATCH)],
    tag: IfMatch,
    headers: Tagged,
    work: WorkDep,
) -> IdentifierOut:
    """Say from which day a number no longer holds; another one takes its place."""
    learner = await matched(work, learner_id, tag)
    service = IdentifierService(work)
    found = await service.end(learner, await service.get(learner, identifier_id), body)
    _tag(work, learner, headers)
    return _identifier(found)


@router.get("/guardians", dependencies=[reader])
async def list_guardians(learner_id: UUID, headers: Tagged, work: WorkDep) -> list[GuardianOut]:
    """The guardians of a learner, past ones too."""
    learner = await LearnerService(work).get(learner_id)
    _tag(work, learner, headers)
    return [GuardianOut.model_validate(each) for each in await GuardianService(work).of(learner)]


@router.post("/guardians", status_code=201, dependencies=[editor, Idempotent])
async def add_guardian(
    learner_id: UUID, body: GuardianIn, tag: IfMatch, headers: Created, work: WorkDep
) -> GuardianOut:
    """Enter a guardian. Siblings have records of their own of the same person."""
    learner = await matched(work, learner_id, tag)
    found = await GuardianService(work).add(learner, body)
    _tag(work, learner, headers)
    headers.locate(f"/learners/{learner_id}/guardians")
    return GuardianOut.model_validate(found)


@router.patch("/guardians/{guardian_id}", dependencies=[editor])
async def change_guardian(
    learner_id: UUID,
    guardian_id: UUID,
    body: Annotated[GuardianPatch, Body(media_type=MERGE_PATCH)],
    tag: IfMatch,
    headers: Tagged,
    work: WorkDep,
) -> GuardianOut:
    """Change a guardian by merge-patch."""
    learner = await matched(work, learner_id, tag)
    service = GuardianService(work)
    found = await service.change(learner, await service.get(learner, guardian_id), body)
    _tag(work, learner, headers)
    return GuardianOut.model_validate(found)


@router.get("/enrolments", dependencies=[reader])
async def list_enrolments(learner_id: UUID, headers: Tagged, work: WorkDep) -> list[EnrolmentOut]:
    """The enrolments of a learner at the unit, by school year."""
    learner = await LearnerService(work).get(learner_id)
    _tag(work, learner, headers)
    return [_enrolment(each) for each in await EnrolmentService(work).of(learner)]


@router.post("/enrolments", status_code=201, dependencies=[editor, Idempotent])
async def enrol_learner(
    learner_id: UUID, body: EnrolmentIn, tag: IfMatch, headers: Created, work: WorkDep
) -> EnrolmentOut:
    """Enrol a learner in a class and its school year."""
    learner = await matched(work, learner_id, tag)
    found = await EnrolmentService(work).enter(learner, body)
    _tag(work, learner, headers)
    headers.locate(f"/learners/{learner_id}/enrolments")
    return _enrolment(found)


@router.post("/enrolments/{enrolment_id}/statuses", status_code=201, dependencies=[editor, Idempotent])
async def change_enrolment(
    learner_id: UUID, enrolment_id: UUID, body: StatusIn, tag: IfMatch, headers: Created, work: WorkDep
) -> EnrolmentOut:
    """Record a status, another class, or both, from a day on. Leaving is a status: nobody is removed."""
    learner = await matched(work, learner_id, tag)
    service = EnrolmentService(work)
    found = await service.change(learner, await service.get(learner, enrolment_id), body)
    _tag(work, learner, headers)
    headers.locate(f"/learners/{learner_id}/enrolments")
    return _enrolment(found)
