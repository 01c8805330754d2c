"""Home: what waits for the caller."""

from fastapi import APIRouter, Depends

from app.api.http.deps import May, WorkDep
from app.api.http.next_actions import Operations
from app.api.http.routing import Route
from app.api.http.tags import tag
from app.schemas.work.work import WorkItemOut, WorkKindOut, WorkOut
from app.security.access.roles import Act, Resource
from app.services.platform.waiting_work import WaitingItem
from app.services.work.work import WorkOfKind, WorkService

router = APIRouter(tags=[tag("work", "What waits for the caller")], route_class=Route)
reader = Depends(May(Act.READ, Resource.UNIT))


@router.get("/work", dependencies=[reader])
async def list_work(work: WorkDep) -> WorkOut:
    """What waits for the caller's unit, of each kind on which the caller may act: how many, and the first few."""
    operations = work.runtime.cache(Operations)
    return WorkOut(waiting=[_kind(each, operations) for each in await WorkService(work).waiting()])


def _kind(found: WorkOfKind, operations: Operations) -> WorkKindOut:
    kind, waiting = found.kind, found.waiting
    items = [_item(each, operations) for each in waiting.items]
    label = kind.label
    return WorkKindOut(
        kind=kind.kind,
        label_vi=label.vi,
        label_en=label.en,
        count=waiting.count,
        more=waiting.more,
        items=items,
    )


def _item(item: WaitingItem, operations: Operations) -> WorkItemOut:
    operation = operations.by_name[item.operation]
    return WorkItemOut(
        id=item.id,
        code=item.code,
        due_at=item.due_at,
        operation_id=operation.name,
        method=operation.method,
        path=operation.path.format_map(item.ids),
    )
