"""What levels above see of learners: counts, and one learner by an exact number with a reason."""

from uuid import UUID

from fastapi import APIRouter, Depends

from app.api.http.deps import Idempotent, May, PagingDep, WorkDep
from app.api.http.filters import AtUnit
from app.api.http.routing import NoRecord, Route
from app.models.learners.lookups import LearnerLookup
from app.schemas.base import ListOut, SchoolYearCode
from app.schemas.learners.figures import (
    FoundLearnerOut,
    LearnerCountOut,
    LearnerCountsOut,
    LookupIn,
    LookupOut,
    LookupResultOut,
)
from app.security.access.roles import Act, Resource
from app.services.learners.figures import LearnerFigureService, LookupService

counts = APIRouter(prefix="/learner-counts", tags=["learners"], route_class=Route)
router = APIRouter(prefix="/learner-lookups", tags=["learners"], route_class=Route)
reader = Depends(May(Act.READ, Resource.LEARNER_LOOKUP))


def _out(lookup: LearnerLookup) -> LookupOut:
    return LookupOut.of(lookup, records=len(lookup.found))


@counts.get("", dependencies=[Depends(May(Act.READ, Resource.LEARNER_COUNT))], responses={404: {}})
async def count_learners(school_year: SchoolYearCode, at: AtUnit, work: WorkDep) -> LearnerCountsOut:
    """Count the learners present, of the caller's unit and its subordinates, by unit, school level, grade and sex."""
    found = await LearnerFigureService(work).counts(school_year, at)
    shown = [LearnerCountOut.model_validate(each) for each in found]
    return LearnerCountsOut(school_year=school_year, learners=sum(each.learners for each in shown), counts=shown)


@router.post(
    "", status_code=201, dependencies=[Depends(May(Act.CREATE, Resource.LEARNER_LOOKUP)), Idempotent, NoRecord]
)
async def look_up_learner(body: LookupIn, work: WorkDep) -> LookupResultOut:
    """Look one learner up by a whole number, with a reason. Each look-up is recorded, and the units are notified."""
    lookup, found = await LookupService(work).look_up(body)
    shown = [FoundLearnerOut.model_validate(each) for each in found]
    return LookupResultOut.of(lookup, records=len(shown), found=shown)


@router.get("", dependencies=[reader])
async def list_learner_lookups(paging: PagingDep, work: WorkDep) -> ListOut[LookupOut]:
    """List the look-ups of the caller's unit, newest first: who asked and why, never for whom."""
    return paging.listed(await LookupService(work).page(paging.page), _out)


@router.get("/{lookup_id}", dependencies=[reader])
async def get_learner_lookup(lookup_id: UUID, work: WorkDep) -> LookupOut:
    """One look-up."""
    return _out(await LookupService(work).get(lookup_id))
