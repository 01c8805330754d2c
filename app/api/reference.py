"""Reference data, open to all: hotlines, competences and code lists."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BaseModel

from app.api.http.answer_headers import TAGGED
from app.api.http.deps import Anonymous, AnonymousWork, digest_tag
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.schemas.reference import CodeOut, CompetenceOut, HotlineOut
from app.services.reference.code_lists import CodeListService
from app.services.reference.competences import CompetenceService
from app.services.reference.hotlines import HotlineService

router = APIRouter(tags=[tag("reference", "Hotlines, competences and code lists")], route_class=Route)
AsOf = Annotated[date | None, Query(description="The day to answer for; today if left out")]


NoneMatch = Annotated[str | None, Header(max_length=200)]
CACHED: dict[str, Any] = {
    "responses": {304: {"description": "What you have under this ETag is still so"}},
    "openapi_extra": TAGGED,
}


def _cacheable(rows: Sequence[BaseModel], known: str | None, response: Response) -> Response | None:
    """304 if the caller's copy is current; otherwise headers that allow caching for an hour."""
    tag = digest_tag("\n".join(row.model_dump_json() for row in rows).encode())
    headers = {"ETag": tag, "Cache-Control": "public, max-age=3600"}
    if known == tag:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return None


@router.get(
    "/hotlines",
    dependencies=[Depends(Anonymous())],
    response_model=list[HotlineOut],
    **CACHED,
)
async def list_hotlines(
    response: Response, work: AnonymousWork, as_of: AsOf = None, if_none_match: NoneMatch = None
) -> list[HotlineOut] | Response:
    """List hotlines; public and cacheable."""
    found = [HotlineOut.model_validate(hotline) for hotline in await HotlineService(work).in_force(as_of)]
    return _cacheable(found, if_none_match, response) or found


@router.get(
    "/competences",
    dependencies=[Depends(Anonymous())],
    response_model=list[CompetenceOut],
    **CACHED,
)
async def list_competences(
    response: Response, work: AnonymousWork, as_of: AsOf = None, if_none_match: NoneMatch = None
) -> list[CompetenceOut] | Response:
    """List which authority decides by law, with sources; public and cacheable."""
    found = [CompetenceOut.model_validate(each) for each in await CompetenceService(work).in_force(as_of)]
    return _cacheable(found, if_none_match, response) or found


@router.get(
    "/code-lists",
    dependencies=[Depends(Anonymous())],
    response_model=list[CodeOut],
    **CACHED,
)
async def list_codes(
    response: Response,
    work: AnonymousWork,
    name: Annotated[str | None, Query(alias="list", max_length=40)] = None,
    as_of: AsOf = None,
    if_none_match: NoneMatch = None,
) -> list[CodeOut] | Response:
    """List all codes, or the codes of one list, with validity dates; public and cacheable."""
    found = [CodeOut.model_validate(entry) for entry in await CodeListService(work).entries(name, as_of)]
    return _cacheable(found, if_none_match, response) or found
