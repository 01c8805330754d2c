"""Who reads every edition of a school, knows its rolls and the rule by which editions are made, and seeks a refuser.

It computes all courses of a campaign that fit the editions: how many had settled, and how many of them without a
signature, on each day. It has found somebody where in all of them 1 to 4 settled without a signature between two days.
"""

from collections.abc import Callable, Iterator, Sequence

from app.core.vocabulary import LEAST_SHOWN
from app.models.commitments.classes import Tally
from app.services.commitments.disclosure import Figures

Rule = Callable[[Sequence[Figures], Tally], Figures]
# Settled, and of them not signed.
Day = tuple[int, int]


def differences(editions: Sequence[Figures]) -> Iterator[int]:
    """Each number that somebody has who subtracts any two editions, and what follows from them."""
    for at, later in enumerate(editions):
        if later.settled is not None:
            yield from later.numbers[2:]
            for former in editions[:at]:
                if former.settled is not None:
                    yield from (new - old for old, new in zip(former.numbers, later.numbers, strict=True))


def finds(rule: Rule, owed: Sequence[int], editions: Sequence[Figures]) -> list[tuple[int, int]]:
    """The pairs of days between which the attacker is sure of 1 to 4 who settled without a signature."""
    found = []
    alive = _alive(rule, owed, editions)
    for first in range(len(editions)):
        reached = {day: {day} for day in alive[first]}
        for last in range(first + 1, len(editions)):
            reached = _onwards(reached, alive[last])
            gained = {day[1] - start[1] for day, starts in reached.items() for start in starts}
            if gained and min(gained) >= 1 and max(gained) < LEAST_SHOWN:
                found.append((first, last))
    return found


def _onwards(reached: dict[Day, set[Day]], days: set[Day]) -> dict[Day, set[Day]]:
    following = dict[Day, set[Day]]()
    for day in days:
        starts = set[Day]().union(*(starts for former, starts in reached.items() if _may_follow(former, day)))
        if starts:
            following[day] = starts
    return following


def _alive(rule: Rule, owed: Sequence[int], editions: Sequence[Figures]) -> list[set[Day]]:
    """The states of each day that lie on a course that fits every edition."""
    forward = list[set[Day]]()
    for at, edition in enumerate(editions):
        fitting = {
            day for day in _days(owed[at]) if rule(editions[:at], Tally(owed[at], day[0], day[0] - day[1])) == edition
        }
        if at:
            fitting = {day for day in fitting if any(_may_follow(before, day) for before in forward[-1])}
        else:
            fitting &= {(0, 0)}
        forward.append(fitting)
    for at in reversed(range(len(editions) - 1)):
        forward[at] = {day for day in forward[at] if any(_may_follow(day, after) for after in forward[at + 1])}
    return forward


def _days(owed: int) -> Iterator[Day]:
    return ((settled, unsigned) for settled in range(owed + 1) for unsigned in range(settled + 1))


def _may_follow(former: Day, day: Day) -> bool:
    """Nothing is withdrawn: what limits the courses most, and so helps the attacker."""
    return 0 <= day[1] - former[1] <= day[0] - former[0]
