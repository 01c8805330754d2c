"""All state machines: complete, and the only source of `wrong_state`."""

from pathlib import Path

import pytest

from app.core.states import StateMachine
from app.services.setup.flows import FLOWS

APP = Path(__file__).parents[2] / "app"


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_every_state_of_a_step_is_one_of_the_flow(flow: StateMachine) -> None:
    used = {flow.initial, *(step.target for step in flow.steps), *(s for step in flow.steps for s in step.sources)}
    assert used <= set(flow.states)
    assert all(vi and en for vi, en in [*flow.states.values(), *flow.action_labels().values()])


def test_no_other_place_says_wrong_state() -> None:
    """So every such refusal names the state and the open steps."""
    users = {path.relative_to(APP).as_posix() for path in APP.rglob("*.py") if "WRONG_STATE" in path.read_text("utf-8")}
    assert users == {"core/problems.py", "core/states.py"}
