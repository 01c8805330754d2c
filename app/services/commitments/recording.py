"""What is common to recording who signed a class sheet and an agreement."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from typing import TypeVar

from app.core.problems import INVALID, FieldFault, fault
from app.core.states import StateMachine

N = TypeVar("N", bound=Hashable)
T = TypeVar("T")


def name_obligations(
    rows: Iterable[tuple[Hashable, N]], known: Mapping[N, T], unknown: Callable[[int], FieldFault]
) -> list[T]:
    """The obligation that each row names; a row is what may not stand twice, and the name of its obligation.

    Raises `invalid` (422) with every row that names none, the fault `unknown`, or that stands twice.
    """
    faults, found = list[FieldFault](), dict[Hashable, T]()
    for at, (once, name) in enumerate(rows):
        if once in found:
            faults.append(fault(f"/rows/{at}", "repeated", "Mục này đã nêu", "It is named twice"))
        elif name not in known:
            faults.append(unknown(at))
        else:
            found[once] = known[name]
    if faults:
        raise INVALID(faults=faults)
    return list(found.values())


def check_states(flow: StateMachine, states: Iterable[tuple[str, str]]) -> None:
    """What each row asks to record, beside what is recorded. Raises `invalid` (422) with every contradiction."""
    faults = [
        fault(f"/rows/{at}/state", "contradicts", *_contradiction(flow, asked, recorded))
        for at, (asked, recorded) in enumerate(states)
        if asked != recorded and not flow.leads(recorded, asked)
    ]
    if faults:
        raise INVALID(faults=faults)


def check_open(flow: StateMachine, act: str, states: Collection[str]) -> None:
    """Refuses an act that is open to none of some obligations, by their states."""
    if not any(act in flow.open_to(state) for state in states):
        raise flow.refusal(min(states, default=flow.initial))


def _contradiction(flow: StateMachine, asked: str, recorded: str) -> tuple[str, str]:
    (vi, en), (was_vi, was_en) = flow.states[asked], flow.states[recorded]
    return (
        f"Đang ghi nhận “{was_vi}”, không thể ghi “{vi}”: hãy rút lại trước",
        f"It is recorded as “{was_en}”, not to become “{en}”: withdraw it first",
    )
