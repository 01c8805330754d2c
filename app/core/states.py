"""State machines as data: one table each, from which code, docs and OpenAPI are drawn."""

from dataclasses import dataclass

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

    def step(self, state: str, action: str) -> Step:
        """The step that `action` takes from `state`.

        Raises `wrong_state` (409) where there is none.
        """
        for step in self.steps:
            if step.action == action and state in step.sources:
                return step
        raise WRONG_STATE()

    def take(self, state: str, action: str, reason: str | None) -> Step:
        """The step, given why it is taken. Raises also `invalid` (422) where it needs a reason and has none."""
        step = self.step(state, action)
        if step.needs_reason and reason is None:
            raise invalid("/reason", "reason_required", "Bước này cần nêu lý do", "This step needs a reason")
        return step

    def open_to(self, state: str) -> tuple[str, ...]:
        return tuple(s.action for s in self.steps if state in s.sources)

    def mermaid(self) -> str:
        lines = [f"    {source} --> {s.target}: {s.action}" for s in self.steps for source in s.sources]
        return "\n".join(["stateDiagram-v2", f"    [*] --> {self.initial}", *lines])
