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
