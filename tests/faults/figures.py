"""One line for each fault, printed at the end of the run with the machine's load."""

import os
from dataclasses import dataclass, field


@dataclass
class Figures:
    lines: list[str] = field(default_factory=list)
    kills: dict[str, int] = field(default_factory=dict)

    def killed(self, what: str, times: int) -> None:
        self.kills[what] = self.kills.get(what, 0) + times

    def record(self, what: str, engine: str, said: object) -> None:
        self.lines.append(f"{what} ({engine}): {said}")

    def __str__(self) -> str:
        kills = ", ".join(f"{count} {what}" for what, count in self.kills.items())
        load = " ".join(f"{each:.1f}" for each in os.getloadavg())
        return "\n".join(["", *self.lines, f"kill -9: {sum(self.kills.values())} ({kills})", f"load average {load}"])
