"""State machines as data: one table each, from which code, docs and OpenAPI are drawn."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from app.core.labels import LABELS
from app.core.problems import WRONG_STATE, Problem, Text, invalid


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
    """Steps between states; `states` has the label of each state, in Vietnamese and English."""

    name: str
    initial: str
    states: Mapping[str, tuple[str, str]]
    steps: tuple[Step, ...]

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(s.action for s in self.steps))

    def action_labels(self) -> dict[str, tuple[str, str]]:
        """The label of each action; of one that is called differently in several states, all of them."""
        found: dict[str, list[Step]] = {}
        for step in self.steps:
            found.setdefault(step.action, []).append(step)
        return {
            action: (_joined(s.label_vi for s in each), _joined(s.label_en for s in each))
            for action, each in found.items()
        }

    def step(self, state: str, action: str, reason: str | None = None, *, closed_to: Collection[str] = ()) -> Step:
        """The step that `action` takes from `state`; the record has no step of `closed_to` in it.

        Raises `wrong_state` (409) where there is none, `invalid` (422) where it needs a reason and has none.
        """
        step = next((each for each in self.steps if each.action == action and state in each.sources), None)
        if step is None or action in closed_to:
            raise self.refusal(state, closed_to=closed_to)
        if step.needs_reason and reason is None:
            raise invalid("/reason", "reason_required", "Bước này cần nêu lý do", "This step needs a reason")
        return step

    def open_to(self, state: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(s.action for s in self.steps if state in s.sources))

    def leads(self, state: str, target: str) -> bool:
        """Whether a step leads from a state to another."""
        return any(step.target == target and state in step.sources for step in self.steps)

    def refusal(
        self, state: str, why: Text | None = None, *, is_final: bool = False, closed_to: Collection[str] = ()
    ) -> Problem:
        """A `wrong_state` (409) that names the state and its open steps, none where the record takes no writes.

        For a caller who may read the record.
        """
        open_steps = () if is_final else tuple(each for each in self.open_to(state) if each not in closed_to)
        labels = [self.action_labels()[action] for action in open_steps]
        vi, en = _joined(vi for vi, _ in labels) or "không có", _joined(en for _, en in labels) or "none"
        # A row of a former release may have a state that is no longer one.
        state_vi, state_en = self.states.get(state, (state, state))
        vi, en = f"Đang ở trạng thái “{state_vi}”; bước có thể làm: {vi}", f"It is “{state_en}”; open steps: {en}"
        detail = Text(f"{why.vi}. {vi}", f"{why.en}. {en}") if why else Text(vi, en)
        return WRONG_STATE(detail, extra={"state": state, "open_steps": list(open_steps)})

    def mermaid(self) -> str:
        lines = [f"    {source} --> {s.target}: {s.action}" for s in self.steps for source in s.sources]
        return "\n".join(["stateDiagram-v2", f"    [*] --> {self.initial}", *lines])


def _joined(labels: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(labels))


@dataclass(frozen=True, slots=True)
class _OneOf:
    """Marks a member that takes one of some words; any other is refused and OpenAPI lists them."""

    labels: str
    words: tuple[str, ...]
    vi: str
    en: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "enum": [*self.words], LABELS: self.labels}

    def _check(self, word: str) -> str:
        if word not in self.words:
            known = {"vi": self.vi, "en": self.en, "allowed": list(self.words)}
            raise PydanticCustomError("unknown_code", "unknown_code", known)
        return word


def state_of(flow: StateMachine) -> _OneOf:
    """For a field: `IncidentState = Annotated[str, state_of(INCIDENT_FLOW)]`."""
    return _OneOf(f"{flow.name}_state", tuple(flow.states), "Không có trạng thái này", "There is no such state")


def action_of(flow: StateMachine) -> _OneOf:
    """For a field, as `state_of`."""
    return _OneOf(f"{flow.name}_step", flow.actions, "Không có bước này", "There is no such step")
