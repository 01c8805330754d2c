"""Which figures of a school leave it: no few persons by themselves, between two days, or added up.

A figure of an edition differs by 0 or by at least 5 from that of every former one; else the last one stays, so that who
compares editions never learns of 1 to 4 families. *Not signed* is what was settled without a signature, as one number;
0 to 4 share one mark, since a zero beside it would make 1 to 4 of the mark. It moves only where at least 5 more are
settled, so that all who are new in it, or none, may be of any day between (decision 0016).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Self

from app.core.vocabulary import LEAST_SHOWN
from app.models.commitments.classes import Tally


@dataclass(frozen=True, slots=True)
class Figures:
    """What is shown of one party of a school, or of all. None: too few."""

    owed: int
    settled: int | None
    not_signed: int | None = None

    @classmethod
    def summed(cls, parts: Iterable["Figures"]) -> Self:
        found = list(parts)
        known = [each.settled for each in found if each.settled is not None]
        unsigned = [each.not_signed for each in found if each.not_signed is not None]
        return cls(
            sum(each.owed for each in found),
            sum(known) if len(known) == len(found) else None,
            sum(unsigned) if unsigned else None,
        )

    @property
    def numbers(self) -> tuple[int, ...]:
        """All that follows from them: owed, settled, left, not signed, signed."""
        settled, unsigned = self.settled or 0, self.not_signed or 0
        return (self.owed, settled, self.owed - settled, unsigned, settled - unsigned)


def is_few(number: int) -> bool:
    return 0 < abs(number) < LEAST_SHOWN


def published(formers: Sequence[Mapping[str, Figures]], now: Mapping[str, Tally]) -> dict[str, Figures]:
    """What is shown of each party: as new as it may be beside the former editions, of all parties together too."""
    choices = [list(_choices([each[party] for each in formers], now[party])) for party in now]
    wholes = [Figures.summed(each.values()) for each in formers]
    for chosen in product(*choices):
        if _may_follow(wholes, Figures.summed(chosen)):
            return dict(zip(now, chosen, strict=True))
    return dict(formers[-1])


def _choices(formers: Sequence[Figures], now: Tally) -> Iterator[Figures]:
    """What may be shown of a party, the newest first and the last edition's at the end."""
    if not formers or formers[-1].settled is None:
        yield _first(now)
        return
    former = formers[-1]
    stays_owed = former.owed if is_few(now.owed - former.owed) else now.owed
    for owed in dict.fromkeys((stays_owed, former.owed)):
        # Nobody is left: so many are settled as are shown to owe.
        newest = owed if now.settled == now.owed else now.settled
        for settled in dict.fromkeys((newest, former.settled or 0)):
            for unsigned in dict.fromkeys((_not_signed(former, settled, now), former.not_signed)):
                figures = Figures(owed, settled, unsigned)
                if _is_safe(figures) and _may_follow(formers, figures):
                    yield figures
    yield former


def _first(now: Tally) -> Figures:
    figures = Figures(now.owed, now.settled)
    if not _is_safe(figures):
        return Figures(now.owed, None)
    whole = Figures(now.owed, now.settled, _shown(now.settled, now.settled - now.signed))
    return whole if _is_safe(whole) else figures


def _not_signed(former: Figures, settled: int, now: Tally) -> int | None:
    if abs(settled - (former.settled or 0)) < LEAST_SHOWN:
        return former.not_signed
    found = now.settled - now.signed
    is_stale = former.not_signed is not None and abs(found - former.not_signed) < LEAST_SHOWN
    return former.not_signed if is_stale else _shown(settled, found)


def _shown(settled: int, not_signed: int) -> int | None:
    return not_signed if not_signed >= LEAST_SHOWN and settled - not_signed >= LEAST_SHOWN else None


def _is_safe(figures: Figures) -> bool:
    _, *counted = figures.numbers
    return all(each >= 0 and not is_few(each) for each in counted)


def _may_follow(formers: Iterable[Figures], figures: Figures) -> bool:
    """Whether no number differs by a few from one that was shown before."""
    shown = [each.numbers for each in formers if each.settled is not None and figures.settled is not None]
    return not any(is_few(new - old) for each in shown for old, new in zip(each, figures.numbers, strict=True))
