"""Reference data, open to all: hotlines, competences and code lists."""

from datetime import date
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.api.http.deps import Anonymous, AnonymousWork
from app.api.http.filters import several
from app.api.http.open_json import OPEN, OpenAnswerDep
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.schemas.base import Asked
from app.schemas.reference import CodeLabelOut, CodeOut, CompetenceOut, HotlineOut, LabelSetOut
from app.security.access.listings import MOST_VALUES
from app.services.reference.code_lists import CodeListService
from app.services.reference.competences import CompetenceService
from app.services.reference.hotlines import HotlineService
from app.services.setup.labels import all_labels

router = APIRouter(tags=[tag("reference", "Hotlines, competences, code lists and labels")], route_class=Route)
AsOf = Annotated[date | None, Query(description="The day to answer for; today if left out")]


@router.get(
    "/hotlines",
    dependencies=[Depends(Anonymous())],
    response_model=list[HotlineOut],
    **OPEN,
)
async def list_hotlines(answer: OpenAnswerDep, work: AnonymousWork, as_of: AsOf = None) -> Response:
    """List hotlines; public and cacheable."""
    found = [HotlineOut.model_validate(hotline) for hotline in await HotlineService(work).in_force(as_of)]
    return answer.of(found)


@router.get(
    "/competences",
    dependencies=[Depends(Anonymous())],
    response_model=list[CompetenceOut],
    **OPEN,
)
async def list_competences(answer: OpenAnswerDep, work: AnonymousWork, as_of: AsOf = None) -> Response:
    """List which authority decides by law, with sources; public and cacheable."""
    found = [CompetenceOut.model_validate(each) for each in await CompetenceService(work).in_force(as_of)]
    return answer.of(found)


@router.get(
    "/code-lists",
    dependencies=[Depends(Anonymous())],
    response_model=list[CodeOut],
    **OPEN,
)
async def list_codes(
    answer: OpenAnswerDep,
    work: AnonymousWork,
    names: Annotated[
        list[Asked] | None, Query(alias="list", max_length=MOST_VALUES, description="Any of them, where it is repeated")
    ] = None,
    as_of: AsOf = None,
) -> Response:
    """List all codes, or the codes of some lists, with validity dates; public and cacheable."""
    found = [CodeOut.model_validate(entry) for entry in await CodeListService(work).of_lists(several(names), as_of)]
    return answer.of(found)


@router.get("/labels", dependencies=[Depends(Anonymous())], response_model=list[LabelSetOut], **OPEN)
async def list_labels(answer: OpenAnswerDep) -> Response:
    """List the labels of every coded value, state, step, role, kind and problem, by set; public and cacheable.

    A member of this document names its set: `x-labels` for an enumeration, `x-code-list` for a code list. A code with
    several periods has the label of the last.
    """
    return answer.of(_label_sets())


@cache
def _label_sets() -> list[LabelSetOut]:
    return [
        LabelSetOut(
            set=name, labels=[CodeLabelOut(code=code, label_vi=t.vi, label_en=t.en) for code, t in labels.items()]
        )
        for name, labels in all_labels().items()
    ]
