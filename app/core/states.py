"""State machines as data: one table each, from which code, docs and OpenAPI are drawn."""

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from app.core.problems import WRONG_STATE, invalid


@dataclass(frozen=True, slots=True)
class Step:
    action: str
    sources: tuple[str, ...]
    target: str
    label_vi: str
    label_en: str
    needs_reason: bool = False


@dataclass(frozen=True, slots=True)
class StateMachine:
    name: str
    initial: str
    steps: tuple[Step, ...]

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([self.initial, *(s.target for s in self.steps)]))

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(s.action for s in self.steps))

    def step(self, state: str, action: str, reason: str | None = None) -> Step:
        """The step that `action` takes from `state`.

        Raises `wrong_state` (409) where there is none, `invalid` (422) where it needs a reason and has none.
        """
        step = next((each for each in self.steps if each.action == action and state in each.sources), None)
        if step is None:
            raise WRONG_STATE()
        if step.needs_reason and reason is None:
            raise invalid("/reason", "reason_required", "Bước này cần nêu lý do", "This step needs a reason")
        return step

    def open_to(self, state: str) -> tuple[str, ...]:
        return tuple(s.action for s in self.steps if state in s.sources)

    def mermaid(self) -> str:
        lines = [f"    {source} --> {s.target}: {s.action}" for s in self.steps for source in s.sources]
        return "\n".join(["stateDiagram-v2", f"    [*] --> {self.initial}", *lines])


@dataclass(frozen=True, slots=True)
class _OneOf:
    """Marks a member that takes one of some words; any other is refused and OpenAPI lists them."""

    words: tuple[str, ...]
    vi: str
    en: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "enum": [*self.words]}

    def _check(self, word: str) -> str:
        if word not in self.words:
            known = {"vi": self.vi, "en": self.en, "allowed": list(self.words)}
            raise PydanticCustomError("unknown_code", "unknown_code", known)
        return word


def state_of(flow: StateMachine) -> _OneOf:
    """For a field: `IncidentState = Annotated[str, state_of(INCIDENT_FLOW)]`."""
    return _OneOf(flow.states, "Không có trạng thái này", "There is no such state")


def action_of(flow: StateMachine) -> _OneOf:
    """For a field, as `state_of`."""
    return _OneOf(flow.actions, "Không có bước này", "There is no such step")
