"""Reference data: hotlines, open to all, and code lists."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response

from app.api.deps import May, Stranger, StrangerWork, WorkDep, digest_tag
from app.api.routing import Route
from app.schemas.reference import CodeOut, HotlineOut
from app.security.roles import Act, Resource
from app.services.code_lists import CodeListService
from app.services.hotlines import HotlineService

router = APIRouter(tags=["reference"], route_class=Route)
AsOf = Annotated[date | None, Query(description="The day to answer for; today if left out")]


@router.get("/hotlines", dependencies=[Depends(Stranger())], response_model=list[HotlineOut])
async def list_hotlines(
    response: Response,
    work: StrangerWork,
    as_of: AsOf = None,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
) -> list[HotlineOut] | Response:
    """Numbers to call, open to all and cacheable."""
    found = [HotlineOut.model_validate(hotline) for hotline in await HotlineService(work).in_force(as_of)]
    tag = digest_tag("\n".join(hotline.model_dump_json() for hotline in found).encode())
    headers = {"ETag": tag, "Cache-Control": "public, max-age=3600"}
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return found


@router.get("/code-lists", dependencies=[Depends(May(Act.READ, Resource.CODE_LIST))])
async def list_codes(
    work: WorkDep, name: Annotated[str | None, Query(alias="list", max_length=40)] = None, as_of: AsOf = None
) -> list[CodeOut]:
    """Every code, or those of one list, with the days on which each holds."""
    return [CodeOut.model_validate(entry) for entry in await CodeListService(work).entries(name, as_of)]
