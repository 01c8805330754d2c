"""What the caller may do next with a record: each act with its operation, method and path."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from app.api.http.declared import Declared
from app.core.states import StateMachine
from app.schemas.base import NextActionOut
from app.services.platform.allowed import Check, allowed_acts
from app.services.platform.unit_of_work import UnitOfWork
from app.services.setup.labels import all_labels

OTHER = "other_action"
# What stands in a path.
Id = UUID | str | int | None


@dataclass(frozen=True, slots=True)
class Acts:
    """The acts on one kind of record: the steps of its flow and others, each with the operation that does it."""

    flow: StateMachine
    operations: Mapping[str, str]

    def label(self, action: str) -> tuple[str, str]:
        labels = self.flow.action_labels()
        if action in labels:
            return labels[action]
        text = all_labels()[OTHER][action]
        return text.vi, text.en


class Operations:
    """The operations of the application by name, as its routes declare them."""

    def __init__(self) -> None:
        self.by_name: dict[str, Declared] = {}

    def remember(self, declared: Iterable[Declared]) -> None:
        self.by_name = {each.name: each for each in declared}


async def next_actions(work: UnitOfWork, acts: Acts, check: Check, **ids: Id) -> list[NextActionOut]:
    """The acts for which the caller has the right of the route, and that `check` does not refuse."""
    operations = work.runtime.cache(Operations).by_name
    mine = [act for act, name in acts.operations.items() if _has_right(work, operations[name])]
    with work.weighing():
        found = await allowed_acts(mine, check)
    return [_shown(act, acts, operations[acts.operations[act]], ids) for act in found]


def _has_right(work: UnitOfWork, operation: Declared) -> bool:
    right = operation.right
    return right is not None and work.actor.may(right.act, right.resource)


def _shown(act: str, acts: Acts, operation: Declared, ids: Mapping[str, Id]) -> NextActionOut:
    vi, en = acts.label(act)
    return NextActionOut(
        action=act,
        label_vi=vi,
        label_en=en,
        operation_id=operation.name,
        method=operation.method,
        path=operation.path.format_map(ids),
    )
