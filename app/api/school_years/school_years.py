"""School years and their terms."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from app.api.http.deps import May, WorkDep
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.schemas.base import SchoolYearCode
from app.schemas.school_years.school_years import SchoolTermOut, SchoolYearIn, SchoolYearOut
from app.security.access.roles import Act, Resource
from app.services.school_years.school_years import DatedYear, SchoolYearService

router = APIRouter(
    tags=[tag("school-years", "School years with their terms, and how many pupils a unit has on a fixed day")],
    route_class=Route,
)
reader = Depends(May(Act.READ, Resource.CODE_LIST))
manager = Depends(May(Act.MANAGE, Resource.CALENDAR))
Year = Annotated[SchoolYearCode, Path(description="Such as 2026-2027")]


def _out(found: DatedYear) -> SchoolYearOut:
    terms = [SchoolTermOut.model_validate(term) for term in found.terms]
    return SchoolYearOut.of(found.year, until=found.until, terms=terms)


@router.get("/school-years", dependencies=[reader])
async def list_school_years(work: WorkDep) -> list[SchoolYearOut]:
    """List the school years with their terms, the newest first."""
    return [_out(each) for each in await SchoolYearService(work).everything()]


@router.get("/school-years/{school_year}", dependencies=[reader])
async def get_school_year(school_year: Year, work: WorkDep) -> SchoolYearOut:
    """One school year."""
    return _out(await SchoolYearService(work).get(school_year))


@router.put("/school-years/{school_year}", dependencies=[manager])
async def set_school_year(school_year: Year, body: SchoolYearIn, work: WorkDep) -> SchoolYearOut:
    """Set a school year with its terms, as decided. A year of which a report is locked keeps its days."""
    return _out(await SchoolYearService(work).put(school_year, body))
