"""Tables and goals, printed as Markdown so that they can be pasted into the documentation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rich import box
from rich.console import Console
from rich.table import Table

WIDTH = 150


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio (or a figure) and the bound it must keep. `value` is None when the run did not measure it."""

    name: str
    value: float | None
    bound: float
    kind: Literal["at least", "at most"]
    unit: str = ""

    @property
    def met(self) -> bool:
        if self.value is None:
            return False
        return self.value >= self.bound if self.kind == "at least" else self.value <= self.bound


@dataclass(frozen=True, slots=True)
class Ratio:
    """The product's share of a baseline's requests a second, and the same by processor time.

    None where the run did not measure it. Without a `bound` it is an indicator.
    """

    name: str
    value: float | None
    by_processor: float | None
    bound: float | None

    @property
    def verdict(self) -> str:
        if self.bound is None:
            return "indicator"
        if self.value is None:
            return "not measured"
        return "met" if self.value >= self.bound else "MISSED"


def print_facts(lines: Iterable[str]) -> None:
    for line in lines:
        print(f"- {line}")


def print_table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """The first column is a name, the others figures."""
    table = Table(box=box.MARKDOWN)
    for position, name in enumerate(header):
        table.add_column(name, justify="right" if position else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console = Console(width=WIDTH)
    with console.capture() as captured:
        console.print(table)
    print(f"\n{title}\n")
    print("\n".join(line.rstrip() for line in captured.get().strip().splitlines()))


def print_goals(goals: Sequence[Goal]) -> bool:
    """True when every goal was measured and met."""
    rows = [
        (
            goal.name,
            "not measured" if goal.value is None else f"{goal.value:.2f}{goal.unit}",
            f"{goal.kind} {goal.bound:g}{goal.unit}",
            "met" if goal.met else "MISSED" if goal.value is not None else "",
        )
        for goal in goals
    ]
    print_table("Goals", ("ratio", "measured", "goal", ""), rows)
    return all(goal.met for goal in goals)


def print_ratios(ratios: Sequence[Ratio]) -> bool:
    """True when every goal was measured and met."""
    rows = [
        (
            ratio.name,
            "" if ratio.value is None else f"{ratio.value:.2f}",
            "" if ratio.by_processor is None else f"{ratio.by_processor:.2f}",
            "" if ratio.bound is None else f"at least {ratio.bound:g}",
            ratio.verdict,
        )
        for ratio in ratios
    ]
    print_table("Ratios of medians", ("ratio", "req/s", "by processor time", "goal of req/s", ""), rows)
    return all(ratio.verdict in {"met", "indicator"} for ratio in ratios)
