"""What has to be hidden beside, so that no equality reveals a small number."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from app.services.reports.disclosure.equalities import Equalities, Equality, Figure
from app.services.reports.disclosure.spans import determined
from app.services.reports.figures.values import Key


def revealed(equalities: Equalities, hidden: Mapping[UUID, Collection[Key]]) -> dict[UUID, set[Key]]:
    """Cells to hide more, by report; none where nothing small is revealed, or nothing is left that may be hidden.

    Once nothing is known of it, and once it is known which units have nobody: their open figures say so.
    """
    made = equalities.made(hidden)
    unknown = [{f: factor for f, factor in each.items() if _is_unknown(f, hidden)} for each in made]
    peopled = [{f: factor for f, factor in each.items() if not _has_nobody(equalities, f)} for each in unknown]
    small = {figure for figure in determined(unknown) if equalities.is_small(figure)}
    found = (figure for figure in determined(peopled) if figure.part == "rest" or equalities.count(figure).some)
    small.update(filter(equalities.is_small, found))
    more: dict[UUID, set[Key]] = {}
    if small:
        nearest = _Nearest(equalities, made, hidden)
        for figure in sorted(small):
            if beside := nearest.to(figure):
                more.setdefault(beside.report, set()).add((beside.item, beside.cell))
    return more


def _is_unknown(figure: Figure, hidden: Mapping[UUID, Collection[Key]]) -> bool:
    return figure.part == "rest" or (figure.item, figure.cell) in hidden.get(figure.report, ())


def _has_nobody(equalities: Equalities, figure: Figure) -> bool:
    return figure.part != "rest" and not equalities.count(figure._replace(cell="")).some


class _Nearest:
    """The figure to hide beside one that is revealed: in its own equalities, or in those of what they hide."""

    def __init__(
        self, equalities: Equalities, made: Sequence[Equality], hidden: Mapping[UUID, Collection[Key]]
    ) -> None:
        self.equalities = equalities
        self.hidden = hidden
        self.having: dict[Figure, list[Equality]] = {}
        for each in made:
            for figure in each:
                self.having.setdefault(figure, []).append(each)

    def to(self, figure: Figure) -> Figure | None:
        seen, ahead = {figure}, [figure]
        while ahead:
            beside = {each for one in ahead for equality in self.having[one] for each in equality} - seen
            if shown := [each for each in beside if self._may_be_hidden(each)]:
                return min(shown, key=self._cost)
            seen |= beside
            ahead = [each for each in beside if _is_unknown(each, self.hidden)]
        return None

    def _may_be_hidden(self, figure: Figure) -> bool:
        placed = self.equalities.placed[figure.report]
        is_decided_now = figure.report in self.equalities.now and figure.part != "rest"
        has_number = (figure.item, figure.cell) in placed.counts
        return is_decided_now and has_number and not _is_unknown(figure, self.hidden)

    def _cost(self, figure: Figure) -> tuple[bool, bool, int, Figure]:
        """Cells before totals; zeros, which are often known, last."""
        some = self.equalities.count(figure).some
        return not some, not figure.cell, some, figure
