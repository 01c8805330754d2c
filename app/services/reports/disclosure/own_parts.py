"""What a unit counts beside the reports below it, which no document prints and a difference of documents gives away.

It stands in the tree as one more report below, so that a small one is hidden like any other: it is often the case of a
school whose staff is accused.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID, uuid5

from app.services.reports.disclosure.placed import Placed
from app.services.reports.disclosure.small_cells import NOBODY, Count
from app.services.reports.figures.values import Key

OWN: Final = "own part"


def own_parts(reports: Sequence[Placed]) -> Iterator[Placed]:
    """One for each report that has more persons than those below it."""
    below: dict[UUID, list[Placed]] = defaultdict(list)
    for each in reports:
        if each.above is not None:
            below[each.above].append(each)
    for each in reports:
        counts = _less(each, below[each.report_id]) if below[each.report_id] else {}
        if counts:
            yield Placed(uuid5(each.report_id, OWN), each.report_id, each.definition, counts)


def _less(whole: Placed, parts: Sequence[Placed]) -> dict[Key, Count]:
    items = {item for item, cell in whole.counts if not cell and _rest(whole, parts, (item, "")) != NOBODY}
    rests = {key: _rest(whole, parts, key) for key in whole.counts if key[0] in items}
    return {key: rest for key, rest in rests.items() if not key[1] or rest != NOBODY}


def _rest(whole: Placed, parts: Sequence[Placed], key: Key) -> Count:
    """Of each part of a share; what those below count twice leaves nothing."""
    of, known = whole.counts[key], [part.counts.get(key, NOBODY) for part in parts]
    some = max(0, of.some - sum(each.some for each in known))
    if of.others is None:
        return Count(some)
    others = max(0, of.others - sum(each.others or 0 for each in known))
    return Count(some, others) if some or others else NOBODY
