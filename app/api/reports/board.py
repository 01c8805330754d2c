"""The completeness board of a report period."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.api.http.answer_headers import NAMED
from app.api.http.deps import May, PagingDep, WorkDep
from app.api.http.filters import Several, several
from app.api.http.routing import Route, content
from app.models.reports.boards import BoardFilter
from app.schemas.base import Code
from app.schemas.reports.boards import BoardGroupOut, BoardLevelOut, BoardOut, BoardRowOut, Timeliness
from app.schemas.reports.flow import ReportState
from app.security.access.roles import Act, Resource
from app.services.reports.obligations.boards import BoardService, levels_of
from app.services.reports.periods.periods import PeriodService

router = APIRouter(tags=["report periods"], route_class=Route)
reader = Depends(May(Act.READ, Resource.REPORT))


def _wanted(
    recipient_id: UUID | None = None,
    kind: Several[Code] = None,
    state: Several[ReportState] = None,
    timeliness: Several[Timeliness] = None,
) -> BoardFilter:
    return BoardFilter(recipient_id, several(kind), several(state), several(timeliness))


@router.get("/report-periods/{period_id}/board", dependencies=[reader])
async def get_report_board(
    period_id: UUID, paging: PagingDep, work: WorkDep, wanted: Annotated[BoardFilter, Depends(_wanted)]
) -> BoardOut:
    """Who reported, when, and who has not: the sums of each level and of each unit above, and each unit by its name.

    It shows what the caller's range holds, so a school its own row alone. The filters choose rows, not sums. Lateness
    is judged on the first complete submission: one that a return causes is not the unit's.
    """
    service, period = BoardService(work), await PeriodService(work).get(period_id)
    counts = await service.counts(period)
    listed = paging.listed(await service.page(period, wanted, paging.page), BoardRowOut.model_validate)
    return BoardOut(
        period_id=period.id,
        as_of=work.now,
        levels=[BoardLevelOut(kind=kind, **sums) for kind, sums in levels_of(counts).items()],
        groups=[BoardGroupOut(recipient_id=each.recipient_id, kind=each.kind, **each.counts) for each in counts],
        items=listed.items,
        next_cursor=listed.next_cursor,
    )


@router.get(
    "/report-periods/{period_id}/board.csv",
    dependencies=[reader],
    response_class=Response,
    responses=content("text/csv", "string"),
    openapi_extra=NAMED,
)
async def get_report_board_table(
    period_id: UUID, work: WorkDep, wanted: Annotated[BoardFilter, Depends(_wanted)]
) -> Response:
    """The rows of the board, whole, as a table for a spreadsheet: who reported when, by the names of the units."""
    period = await PeriodService(work).get(period_id)
    table = await BoardService(work).table(period, wanted)
    name = f'attachment; filename="tien-do-nop-{period.code}.csv"'
    return Response(table, media_type="text/csv", headers={"Content-Disposition": name})
